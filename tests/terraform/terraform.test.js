// What `hookferry terraform` writes, evaluated by two parsers of HCL and held against the account to the byte. The
// provider's reading of an account is written down here a second time: a plan is empty if both are equal.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, describe, it } from "node:test";
import { parse } from "@cdktf/hcl2json";
import parser from "hcl2-parser";

const hookferry = resolve(process.env.HOOKFERRY || "../../build/release/hookferry");
const folder = mkdtempSync(join(tmpdir(), "hookferry-terraform-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let runs = 0;
/// The files that hookferry writes for an account, given as an export.
const written = (text, ...options) => {
  const place = join(folder, String(++runs));
  writeFileSync(place + ".json", text);
  const ran = spawnSync(hookferry, ["terraform", place + ".json", "-o", place, ...options], { encoding: "utf8", maxBuffer: 1 << 28 });
  const files = Object.fromEntries(readdirSync(place).map((name) => [name, readFileSync(join(place, name), "utf8")]));
  return { place, files, code: ran.status, out: ran.stdout, err: ran.stderr };
};

/// What Terraform reads from the files: the resources by name, and the ids of the imports.
const evaluated = async ({ files }) => {
  const values = JSON.parse(files["secrets.auto.tfvars.json"] || "{}");
  const declared = (await parse("variables.tf", files["variables.tf"] || "")).variable || {};
  assert.deepEqual(Object.keys(declared).sort(), Object.keys(values).sort());
  for (const [variable] of Object.values(declared)) assert.equal(variable.sensitive, true);
  const [texts, error] = parser.parseToObject(files["webhooks.tf"]);
  assert.equal(error, null);
  // Only the second parser tells a reference from a text that looks like one.
  const sources = await parse("webhooks.tf", files["webhooks.tf"]);
  const values_of = (texts_of_block, sources_of_block) => Object.fromEntries(Object.entries(texts_of_block).map(([name, text]) => {
    const source = sources_of_block[name];
    const reference = typeof source === "string" && /^\$\{var\.([a-z0-9_]+)\}$/.exec(source);
    const is_block = text !== null && typeof text === "object" && !Array.isArray(text) && name !== "headers";
    return [name, reference ? values[reference[1]] : is_block ? values_of(text, source) : text];
  }));
  const resources = {};
  for (const name of Object.keys(texts?.resource?.coralogix_webhook || {}))
    resources[name] = values_of(texts.resource.coralogix_webhook[name][0], sources.resource.coralogix_webhook[name][0]);
  const imports = {};
  for (const one of (await parse("imports.tf", files["imports.tf"] || "")).import || [])
    imports[/^\$\{coralogix_webhook\.(.*)\}$/.exec(one.to)[1]] = one.id;
  return { resources, imports };
};

/// What the provider makes of a webhook of v5's form; null for what it cannot hold.
const as_read = (webhook) => {
  const of = (member) => webhook[member] || {};
  const filled = (value) => (value && Object.keys(value).length > 0 ? value : null);
  const { url } = webhook;
  const generic = of("genericWebhook");
  const method = { GET: "get", POST: "post", PUT: "put" }[generic.method];
  const read = {
    GENERIC: () => method && { custom: { uuid: generic.uuid, method, url, headers: filled(generic.headers), payload: generic.payload } },
    SLACK: () => ({ slack: { url, notify_on: filled((of("slack").digests || []).map((one) => one.type.toLowerCase())),
      attachments: filled((of("slack").attachments || []).map((one) => ({ type: one.type.toLowerCase(), active: one.isActive || false }))) } }),
    PAGERDUTY: () => ({ pager_duty: { service_key: of("pagerDuty").serviceKey } }),
    SEND_LOG: () => ({ sendlog: { uuid: of("sendLog").uuid, payload: of("sendLog").payload } }),
    EMAIL_GROUP: () => ({ email_group: { emails: filled(of("emailGroup").emailAddresses) } }),
    MICROSOFT_TEAMS: () => ({ microsoft_teams: { url } }),
    JIRA: () => ({ jira: { url, api_token: of("jira").apiToken, email: of("jira").email, project_key: of("jira").projectKey } }),
    OPSGENIE: () => ({ opsgenie: { url } }),
    DEMISTO: () => ({ demisto: { uuid: of("demisto").uuid, url, payload: of("demisto").payload } }),
    AWS_EVENT_BRIDGE: () => {
      const { eventBusArn, detail, detailType, source, roleName } = of("awsEventBridge");
      return { event_bridge: { event_bus_arn: eventBusArn, detail, detail_type: detailType, source, role_name: roleName } };
    },
    MS_TEAMS_WORKFLOW: () => ({ microsoft_teams_workflow: { url } }),
  }[webhook.type]?.();
  if (!read) return null;
  const [block, attributes] = Object.entries(read)[0];
  const required = { custom: ["payload"], sendlog: ["payload"], demisto: ["url", "payload"], jira: ["url"], opsgenie: ["url"],
    event_bridge: ["event_bus_arn", "detail", "detail_type", "source", "role_name"] }[block] || [];
  return required.every((name) => attributes[name] !== undefined) ? { name: webhook.name, [block]: attributes } : null;
};

const without_nulls = (value) => JSON.parse(JSON.stringify(value), (key, one) => (one === null && key !== "" ? undefined : one));
const in_nfc = (value) => JSON.parse(JSON.stringify(value), (key, one) => {
  if (typeof one === "string") return one.normalize("NFC");
  return one === null || typeof one !== "object" || Array.isArray(one) ? one
    : Object.fromEntries(Object.entries(one).map(([name, each]) => [name.normalize("NFC"), each]));
});

/// The names of the resources, by the rule.
const named = (webhooks) => {
  const taken = new Set();
  return [...webhooks].sort((a, b) => a.externalId - b.externalId).map((webhook) => {
    let name = [...webhook.name].map((c) => (/^[A-Za-z0-9_]$/.test(c) ? c.toLowerCase() : "_")).join("").replace(/^(?=\d)/, "w_");
    for (let i = 2, base = name; taken.has(name); ++i) name = base + "_" + i;
    taken.add(name);
    return [name, webhook];
  });
};

/// Whether Terraform reads the account as the provider does, each webhook where it belongs.
const hold_against = async (run, webhooks) => {
  const { resources, imports } = await evaluated(run);
  let left_out = 0;
  const comments = Object.fromEntries([...run.files["webhooks.tf"].matchAll(/((?:^# Warning: .*\n)*)^resource "coralogix_webhook" "(.*)" \{$/gm)]
    .map((found) => [found[2], found[1]]));
  for (const [name, webhook] of named(webhooks)) {
    const expected = as_read(webhook);
    if (!expected) {
      ++left_out;
      assert.equal(resources[name], undefined, name);
      continue;
    }
    const { lifecycle, ...resource } = resources[name];
    assert.deepEqual(in_nfc(without_nulls(resource)), in_nfc(without_nulls(expected)));
    assert.equal(imports[name], webhook.id);
    assert.equal(lifecycle !== undefined, webhook.type === "MICROSOFT_TEAMS");
    const text = JSON.stringify(without_nulls(expected));
    if (text !== JSON.stringify(in_nfc(without_nulls(expected)))) assert.match(comments[name], /NFC/, text);
    const inactive = webhook.slack?.digests?.some((one) => !one.isActive) || false;
    assert.equal(/inactive/.test(comments[name]), inactive);
  }
  assert.equal(Object.keys(resources).length, webhooks.length - left_out);
  assert.equal(run.code, left_out > 0 ? 1 : 0, run.err);
  assert.equal((run.err.match(/left out: /g) || []).length, left_out);
};

const uuid = (n) => "3f0d6f8a-0d0e-4f0b-9a0c-" + String(n).padStart(12, "0");
const server_owned = (n) => ({ id: uuid(n), externalId: n, createdAt: "2026-11-20T08:00:01.690012Z", updatedAt: "2026-11-20T08:00:01.690012Z" });
const custom = (n, payload, more = {}) => ({ ...server_owned(n), type: "GENERIC", name: "hook", url: "https://ci.example.com/hooks/alerts",
  genericWebhook: { uuid: uuid(n), method: "POST", headers: { "Content-Type": "application/json" }, payload }, ...more });

describe("an account as files for Terraform", () => {
  it("is read back to the byte, whatever its texts hold", async () => {
    const nasty = ["", " ", "${", "%{", "$${", "$$${a}", "%%{", "%%%{x}", "$", "$$", "%", "100%", "${var.x}", "$ALERT_NAME", "${ALERT_ID}", "{{ x }}",
      "\"", "\\", "\\\"", "\\n", "\n", "\r\n", "\t", "\0", "\u0001\u001b[31m", "\u007f", "\u0085", "\u2028\u2029", "\u202e", "\ufeff", "\u{1F600}",
      "\u{1F468}\u200d\u{1F469}", "\u{10FFFF}", "\u{E0041}", "<<EOT\nx\nEOT\n", "# no comment", "/* */", "é", "e\u0301", "\u212b",
      "{\"a\": 1.0, \"a\":2}", " {\n} "];
    const long = ["x".repeat(300000), "${".repeat(20000), "\u0001".repeat(20000)];
    const webhooks = nasty.flatMap((text, i) => [
      custom(10 * i + 1, text),
      custom(10 * i + 2, "words", { name: "a" + text, url: "https://ci.example.com/" + text }),
      custom(10 * i + 3, "words", { genericWebhook: { uuid: uuid(1), method: "GET", headers: { ["X" + text]: text }, payload: "" } }),
      { ...server_owned(10 * i + 4), type: "EMAIL_GROUP", name: "mail", emailGroup: { emailAddresses: [text, "b@example.com", text] } }])
      .concat(long.map((text, i) => custom(1001 + i, text)));
    await hold_against(written(JSON.stringify(webhooks)), webhooks);
    const inline = written(JSON.stringify(webhooks), "--inline-secrets");
    assert.equal(inline.files["secrets.auto.tfvars.json"], undefined);
    assert.equal(inline.files["variables.tf"], undefined);
    await hold_against(inline, webhooks);
  });

  it("warns of every character and sequence that NFC changes", async () => {
    const texts = [];
    for (let c = 0x80; c < 0x110000; ++c) {
      if (c === 0xd800) c = 0xe000;
      if ((c >= 0x105c0 && c < 0x10600) || (c >= 0x11380 && c < 0x11400) || (c >= 0x16100 && c < 0x17000)) continue; // newer than Unicode 15
      const text = String.fromCodePoint(c);
      if (text.normalize("NFC") !== text) texts.push(text);
      const apart = text.normalize("NFD");
      if (apart !== text && (c < 0xac00 || c > 0xd7a3 || c % 97 === 0)) texts.push(apart);
    }
    texts.push("\u05e9\u05bc\u05b8", "\u0644\u0651\u064e"); // Hebrew and Arabic as they are typed
    const changed = texts.filter((text) => text.normalize("NFC") !== text);
    const common = ["Tiếng Việt", "हिन्दी पढ़ना", "தமிழ்நாடு போ", "বাংলা কা", "ภาษาไทยที่", "العربية", "עברית", "日本語がぎ", "한국어", "Ελληνικά", "Ёлки", "naïve"]
      .map((text) => text.normalize("NFC"));
    const webhooks = [...changed, ...common].map((text, i) => custom(i + 1, "x" + text));
    const run = written(JSON.stringify(webhooks));
    await hold_against(run, webhooks);
    assert.equal((run.files["webhooks.tf"].match(/NFC/g) || []).length, changed.length);
  });

  it("holds for 1,000 random webhooks, and has the same bytes for the same account", async () => {
    const seed = Number(process.env.HOOKFERRY_SEED) || Date.now() % 2 ** 31;
    console.log("seed " + seed + " (HOOKFERRY_SEED)");
    let state = seed;
    const random = () => { // mulberry32
      let t = (state += 0x6d2b79f5);
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
    const below = (n) => Math.floor(random() * n);
    const one_of = (list) => list[below(list.length)];
    const pieces = ["${", "%{", "$", "%", "}", "\"", "\\", "\n", "\r", "\t", "\0", "\u001b", "\u007f", "\u2028", "\u202e", "\u{1F600}", "e\u0301", "é", "\u212b",
      "alert", "deploy", " ", "日本", "{\"a\":1}", "https://x.example.com/hook", "#", "//", "'", "var.x", "\u1100\u1161", "ड\u093c", "\u0644\u0651\u064e", "0"];
    const text = () => Array.from({ length: below(below(20) === 0 ? 400 : 6) }, () => one_of(pieces)).join("");
    const maybe = (value) => (below(8) === 0 ? undefined : value());
    const list = (value) => Array.from({ length: below(4) }, value);
    const kinds = [
      () => ({ type: "GENERIC", url: maybe(text), genericWebhook: { uuid: maybe(text), method: one_of(["GET", "POST", "PUT", "PUT", "UNKNOWN", undefined]),
        headers: maybe(() => Object.fromEntries(list(() => [text(), text()]))), payload: maybe(text) } }),
      () => ({ type: "SLACK", url: maybe(text), slack: {
        digests: maybe(() => list(() => ({ type: one_of(["ERROR_AND_CRITICAL_LOGS", "FLOW_ANOMALIES", "SPIKE_ANOMALIES", "DATA_USAGE"]), isActive: maybe(() => true) }))),
        attachments: maybe(() => list(() => ({ type: one_of(["EMPTY", "METRIC_SNAPSHOT", "LOGS"]), isActive: maybe(() => below(2) === 0) }))) } }),
      () => ({ type: "PAGERDUTY", pagerDuty: { serviceKey: maybe(text) } }),
      () => ({ type: "SEND_LOG", sendLog: { uuid: maybe(text), payload: maybe(text) } }),
      () => ({ type: "EMAIL_GROUP", emailGroup: { emailAddresses: maybe(() => list(text)) } }),
      () => ({ type: "MICROSOFT_TEAMS", url: maybe(text), microsoftTeams: {} }),
      () => ({ type: "JIRA", url: maybe(text), jira: { apiToken: maybe(text), email: maybe(text), projectKey: maybe(text) } }),
      () => ({ type: "OPSGENIE", url: maybe(text), opsgenie: {} }),
      () => ({ type: "DEMISTO", url: maybe(text), demisto: { uuid: maybe(text), payload: maybe(text) } }),
      () => ({ type: "AWS_EVENT_BRIDGE", awsEventBridge: { eventBusArn: text(), detail: text(), detailType: text(), source: maybe(text), roleName: text() } }),
      () => ({ type: "IBM_EVENT_NOTIFICATIONS", ibmEventNotifications: { regionId: text() } }),
      () => ({ type: "MS_TEAMS_WORKFLOW", url: maybe(text), msTeamsWorkflow: {} }),
    ];
    const webhooks = Array.from({ length: 1000 }, (none, i) => ({ ...server_owned(i + 1), name: text() || "empty", ...one_of(kinds)() }));
    // Any character of a string may be escaped.
    const escaped = (c) => c.split("").map((unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0")).join("");
    const string = (one) => "\"" + [...one].map((c) => (below(20) === 0 ? escaped(c) : JSON.stringify(c).slice(1, -1))).join("") + "\"";
    const spell = (one) => {
      if (typeof one === "string") return string(one);
      if (Array.isArray(one)) return "[" + one.map(spell).join(" ,") + "]";
      if (one === null || typeof one !== "object") return JSON.stringify(one);
      return "{" + Object.entries(one).filter(([, each]) => each !== undefined).map(([name, each]) => string(name) + ": " + spell(each)).join(",") + "}";
    };
    const spelled = spell(webhooks);
    const run = written(spelled);
    await hold_against(run, webhooks.map((one) => JSON.parse(JSON.stringify(one))));
    const again = written(JSON.stringify([...webhooks].reverse()));
    for (const name of Object.keys(run.files).filter((one) => one.endsWith(".tf"))) assert.equal(again.files[name], run.files[name], name);
    assert.deepEqual(JSON.parse(again.files["secrets.auto.tfvars.json"]), JSON.parse(run.files["secrets.auto.tfvars.json"]));
  });

  it("keeps secrets in their file, whole attributes at a time", async () => {
    const planted = ["T024BE7LHqR9", "xKq81mNv0Zp3", "9f8e7d6c5b4a3f2e1d0c9b8a7f6e5d4c", "Wm5rT2kQ8vLx", "sup3rS3cretValue", "00000000-1111-4000-8000-abcdefabcdef"];
    const webhooks = [
      { ...server_owned(1), type: "SLACK", name: "ops", url: "https://hooks.slack.com/services/" + planted[0], slack: {} },
      custom(2, "{\"privateKey\":\"" + planted[1] + "\"}", { name: "deploy", url: "https://ci.example.com/hook?token=" + planted[3] }),
      custom(3, "words", { name: "headers", genericWebhook: { method: "PUT", headers: { Authorization: "Bearer " + planted[4] }, payload: "x" } }),
      { ...server_owned(4), type: "PAGERDUTY", name: "on call", pagerDuty: { serviceKey: planted[2] } },
      { ...server_owned(5), type: "JIRA", name: "tickets", url: "https://acme.atlassian.net", jira: { apiToken: planted[5], email: "a@example.com" } },
      { ...server_owned(6), type: "OPSGENIE", name: "xoxb-" + planted[3] + "-" + planted[1], url: "https://api.opsgenie.com/", opsgenie: {} },
    ];
    const run = written(JSON.stringify(webhooks));
    for (const [name, text] of Object.entries({ ...run.files, "standard error": run.err, "standard output": run.out }))
      for (const secret of planted)
        assert.equal(text.toLowerCase().includes(secret.toLowerCase()), name === "secrets.auto.tfvars.json", name + " " + secret);
    assert.equal(statSync(join(run.place, "secrets.auto.tfvars.json")).mode & 0o777, 0o600);
    assert.match(run.files[".gitignore"], /^secrets\.auto\.tfvars\.json$/m);
    const { resources } = await evaluated(run);
    assert.deepEqual(Object.keys(resources).sort(), ["deploy", "headers", "on_call", "ops", "secret", "tickets"]);
    const printed = execFileSync(hookferry, ["terraform", run.place + ".json"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    for (const secret of planted) assert.ok(!printed.includes(secret));
    const places = ["resource ", "import {", "variable ", "provider "].map((part) => printed.indexOf(part));
    assert.deepEqual(places, [...places].sort((a, b) => a - b));
    await parse("printed.tf", printed);
  });
});
