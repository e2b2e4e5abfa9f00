#!/usr/bin/env python3
"""Writes the webhooks of a made-up account in region eu1 as one compact array, as a server sends them.

The same count and options give the same bytes every time. One webhook has about 450 bytes.
"""
import argparse, datetime, json, random, sys

COMPANY = 12345
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
TEAMS = ["payments", "search", "platform", "checkout", "identity", "data", "mobile", "infra"]
SERVICES = ["api", "worker", "gateway", "ingest", "scheduler", "ledger", "mailer", "edge"]
SEVERITIES = ["info", "warning", "error", "critical"]
EU1_URLS = ["https://api.coralogix.com/api/v1/logs", "https://ingress.coralogix.com/logs/v1/singles",
            "https://ingress.eu1.coralogix.com/logs/v1/singles"]
# Type: label, icon, how many of a hundred webhooks are of it.
KINDS = {
    0: ("Slack", "/assets/settings/slack-48.png", 47),
    1: ("WebHook", "/assets/webhook.png", 6),
    2: ("PagerDuty", "/assets/settings/pagerDuty.png", 16),
    3: ("SendLog", "/assets/invite.png", 2),
    4: ("Email Group", "/assets/email-group.png", 12),
    5: ("Microsoft Teams", "/assets/settings/teams.png", 7),
    6: ("Jira", "/assets/settings/jira.png", 3),
    7: ("Opsgenie", "/assets/settings/opsgenie.png", 6),
    8: ("Demisto", "/assets/settings/demisto.png", 1),
}


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def secret(chance, length):
    return "".join(chance.choices(ALPHABET, k=length))


def uuid(chance):
    digits = f"{chance.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def request_fields(its_uuid, payload, headers=None):
    return [{"name": "uuid", "value": its_uuid}, {"name": "method", "value": "post"},
            {"name": "headers", "value": headers or {"Content-Type": "application/json"}},
            {"name": "payload", "value": payload}]


def webhook_of(chance):
    its_uuid = uuid(chance)
    payload = {"alert": "$ALERT_NAME", "url": "$ALERT_URL", "severity": "$EVENT_SEVERITY", "uuid": its_uuid}
    if chance.random() < 0.3:
        payload["forward_to"] = chance.choice(EU1_URLS)
    if chance.random() < 0.2:  # JSON inside the JSON that is inside a string
        payload["body"] = compact({"text": "$ALERT_NAME", "logs": chance.choice(EU1_URLS)})
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + secret(chance, 32)}
    return f"https://ci.example.com/hooks/{secret(chance, 12)}", request_fields(its_uuid, payload, headers)


def sendlog_of(chance):
    its_uuid = uuid(chance)
    text = {"integration_text": "alerts as logs", "alert_severity": "$EVENT_SEVERITY", "alert_id": "$ALERT_ID",
            "alert_name": "$ALERT_NAME", "alert_url": "$ALERT_URL", "hit_count": "$HIT_COUNT"}
    payload = {"privateKey": uuid(chance), "applicationName": "$APPLICATION_NAME",
               "subsystemName": "$SUBSYSTEM_NAME", "computerName": "$COMPUTER_NAME",
               "logEntries": [{"severity": 3, "timestamp": "$EVENT_TIMESTAMP_MS", "text": text}], "uuid": its_uuid}
    return chance.choice(EU1_URLS), request_fields(its_uuid, payload)


def demisto_of(chance):
    payload = {"name": "$ALERT_NAME", "details": "$ALERT_URL", "severity": 2, "createInvestigation": True}
    return f"https://soar.example.com/incident/{secret(chance, 8)}", request_fields(uuid(chance), payload)


def url_and_fields(kind, chance):
    if kind == 0:
        return f"https://hooks.slack.com/services/T{secret(chance, 8)}/B{secret(chance, 8)}/{secret(chance, 24)}", []
    if kind == 1:
        return webhook_of(chance)
    if kind == 2:
        return "", [{"name": "serviceKey", "value": secret(chance, 32)}]
    if kind == 3:
        return sendlog_of(chance)
    if kind == 4:
        people = [f"{chance.choice(TEAMS)}-{n}@example.com" for n in range(chance.randint(1, 3))]
        return "", [{"name": "payload", "value": people}]
    if kind == 5:
        return f"https://outlook.office.com/webhook/{uuid(chance)}/IncomingWebhook/{secret(chance, 32)}", []
    if kind == 6:
        return "https://example.atlassian.net", [
            {"name": "apiToken", "value": secret(chance, 24)}, {"name": "email", "value": "alerts@example.com"},
            {"name": "projectKey", "value": "OPS"}]
    if kind == 7:
        return f"https://api.opsgenie.com/v1/json/coralogix?apiKey={uuid(chance)}", []
    return demisto_of(chance)


def webhook(number, alias, kind, chance):
    label, icon, _ = KINDS[kind]
    url, fields = url_and_fields(kind, chance)
    # What the guide calls legacy: no fields at all.
    fields = None if not fields and chance.random() < 0.05 else compact(fields)
    created = datetime.datetime(2023, 1, 1) + datetime.timedelta(milliseconds=number * 7919)
    created = created.isoformat(timespec="milliseconds") + "Z"
    return {"id": 1000 + number, "alias": alias, "url": url, "integration_type_fields": fields,
            "integration_type_id": kind, "integrationTypeId": kind,
            "integration_type": {"label": label, "icon": icon, "id": kind}, "company_id": COMPANY,
            "created_at": created, "updated_at": created}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--one-alias", action="store_true", help="all of one alias and type, with different URLs")
    options = parser.parse_args()
    chance = random.Random(options.count)
    shares = [share for _, _, share in KINDS.values()]
    kinds = chance.choices(list(KINDS), weights=shares, k=options.count)
    out = sys.stdout
    for number, kind in enumerate(kinds):
        words = [chance.choice(TEAMS), chance.choice(SERVICES), chance.choice(SEVERITIES), f"{number:06d}"]
        alias = "-".join(words)
        if options.one_alias:
            kind, alias = 0, "the-only-alias"
        out.write(("," if number else "[") + compact(webhook(number, alias, kind, chance)))
    out.write("]\n" if options.count else "[]\n")


if __name__ == "__main__":
    main()
