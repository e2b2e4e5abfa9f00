"use strict";
// Shows the data of the page. All text reaches the page as text, never as markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);

  const tones = {
    create: "good", created: "good", restore: "good", restored: "good", "make again": "good", "made again": "good",
    update: "change", updated: "change",
    conflict: "warn", left: "warn", altered: "warn", delete: "warn", deleted: "warn",
    invalid: "bad", failed: "bad", not_sent: "warn", "not_tried": "warn",
  };
  const toneOf = (action) => tones[action] || "calm";
  // What you should review comes first.
  const order = ["failed", "not_sent", "not_tried", "delete", "deleted", "invalid", "conflict", "left", "update", "updated", "restore", "restored", "make again", "made again",
    "create", "created", "unchanged"];
  const rank = (action) => (order.indexOf(action) + order.length + 1) % (order.length + 1);
  // The summary of a run says "create" where its rows say "created".
  const rowAction = (key) => {
    const done = { create: "created", update: "updated", delete: "deleted" }[key];
    return data.carriedOut && done && actions.has(done) ? done : key;
  };

  // Characters that nobody sees, or that turn text around, are shown by their numbers.
  const unseen = /[\u0000-\u0009\u000b-\u001f\u007f-\u00a0\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|[\ud800-\udfff]/gu;
  const nameOf = (c) => {
    const code = c.codePointAt(0);
    return code > 0xffff ? "\\u{" + code.toString(16) + "}" : "\\u" + code.toString(16).padStart(4, "0");
  };

  const element = (name, className, ...children) => {
    const out = document.createElement(name);
    if (className) out.className = className;
    out.append(...children);
    return out;
  };
  // The text as nodes: what is unseen stands apart.
  const visible = (text) => {
    const out = [];
    let at = 0;
    for (const found of text.matchAll(unseen)) {
      if (found.index > at) out.push(text.slice(at, found.index));
      out.push(element("span", "odd", nameOf(found[0])));
      at = found.index + found[0].length;
    }
    if (at < text.length) out.push(text.slice(at));
    return out;
  };
  const visibleText = (text) => text.replace(unseen, nameOf);
  const plural = (count, noun) => count + " " + noun + (count === 1 ? "" : "s");

  const webhooks = data.webhooks
    .map((webhook, place) => ({ ...webhook, place }))
    .sort((a, b) => rank(a.action) - rank(b.action) || a.place - b.place);
  const actions = new Set(webhooks.map((webhook) => webhook.action));
  for (const webhook of webhooks) {
    const values = webhook.changes.flat().filter((part) => part !== null);
    webhook.haystack = [webhook.alias, webhook.type, webhook.source, webhook.destination, webhook.url, webhook.error, ...webhook.warnings, ...values]
      .join("\n").toLowerCase();
  }

  // --- head ---------------------------------------------------------------------------------------------------------

  const showHead = () => {
    $("kind").textContent = data.title;
    $("sentence").textContent = data.sentence;
    if (data.source) $("title").append(...visible(data.source.name), element("span", "arrow", " \u2192 "));
    $("title").append(...visible(data.destination.name));
    $("made").append(...visible([data.madeAt, data.madeBy, data.runBy, data.commandLine].filter(Boolean).join(" \u00b7 ")));
    const scope = (name, values) => {
      if (values.length > 0) $("scope-facts").append(element("dt", "", name), ...values.map((value) => element("dd", "", ...visible(value))));
    };
    scope("Undoes", data.undoes);
    scope("Filters", data.filters);
    if (data.filters.length > 0) scope("Left out", [plural(data.leftOut, "webhook") + " of the source"]);
    scope("Options", data.options);
    $("scope").hidden = $("scope-facts").childElementCount === 0;
    const end = (heading, account) => {
      const facts = element("dl", "");
      const fact = (name, value) => {
        if (value) facts.append(element("dt", "", name), element("dd", "", ...visible(value)));
      };
      fact("Region", account.region);
      fact("API", account.url);
      fact("Company", account.company);
      return element("div", "end", element("h2", "", heading), element("p", "name", ...visible(account.name)), facts);
    };
    if (data.source) $("ends").append(end("From", data.source));
    else $("ends").classList.add("one");
    $("ends").append(end(data.source ? "To" : "In", data.destination));
    $("secrets").textContent = data.secretsShown
      ? "Secrets are shown: keep this page private."
      : "Secrets are masked: *** and six digits, which are equal where the secrets are.";
  };

  const showNotices = () => {
    const notice = (tone, text) => $("notices").append(element("p", "notice " + tone, ...visible(text)));
    if (data.endedBy) notice("bad", "Stopped early: " + data.endedBy);
    for (const text of data.notAsPlanned) notice("bad", "Not as planned: " + text);
    for (const text of data.notes) notice("warn", text);
    for (const { text, isOffer } of data.toDo) notice(isOffer ? "" : "warn", text);
    $("notices").hidden = $("notices").childElementCount === 0;
  };

  // --- filters ------------------------------------------------------------------------------------------------------

  const pressed = new Set();
  let shown = [];
  let drawn = 0;
  const portion = 60;

  const showTiles = () => {
    const always = ["create", "update", "unchanged", "deleted", "restored"];
    for (const [key, count] of data.summary) {
      if (count === 0 && !always.includes(key)) continue;
      const action = rowAction(key);
      const filters = count > 0 && actions.has(action);
      const label = data.carriedOut ? action : key;
      const tile = element(filters ? "button" : "div", "tile " + toneOf(key) + (count === 0 ? " none" : ""),
        element("b", "", count.toLocaleString("en")), element("span", "", label));
      if (filters) {
        tile.type = "button";
        tile.dataset.action = action;
        tile.setAttribute("aria-pressed", "false");
        tile.addEventListener("click", () => {
          if (!pressed.delete(action)) pressed.add(action);
          filter();
        });
      }
      $("tiles").append(tile);
    }
    const parts = [...actions].sort((a, b) => rank(a) - rank(b))
      .map((action) => [action, webhooks.filter((webhook) => webhook.action === action).length]);
    for (const [action, count] of parts) {
      const part = element("span", toneOf(action));
      part.style.flexGrow = count;
      part.title = count + " " + action;
      $("bar").append(part);
    }
    $("bar").setAttribute("aria-label", parts.map(([action, count]) => count + " " + action).join(", ") || "no webhooks");
    $("bar").hidden = parts.length === 0;
    $("rewritten").textContent = data.rewritten;
    $("rewritten").hidden = data.rewritten === "";
  };

  const option = (value, text) => {
    const out = element("option", "", text);
    out.value = value;
    return out;
  };
  const showChoices = () => {
    const counts = new Map();
    for (const webhook of webhooks) counts.set(webhook.type, (counts.get(webhook.type) || 0) + 1);
    $("type").append(option("*", "all"));
    for (const [type, count] of [...counts].sort((a, b) => (a[0] < b[0] ? -1 : 1)))
      $("type").append(option(type, (type ? visibleText(type) : "unknown") + " (" + count + ")"));
    $("outcome").append(option("*", "all"));
    for (const action of [...actions].sort((a, b) => rank(a) - rank(b))) $("outcome").append(option(action, action));
    const several = option("+", "several");
    several.disabled = true;
    several.hidden = true;
    $("outcome").append(several);
  };

  const filter = () => {
    const words = $("text").value.toLowerCase().split(/\s+/).filter(Boolean);
    const type = $("type").value;
    const warned = $("warned").checked;
    shown = webhooks.filter((webhook) =>
      (pressed.size === 0 || pressed.has(webhook.action)) &&
      (type === "*" || webhook.type === type) &&
      (!warned || webhook.warnings.length > 0) &&
      words.every((word) => webhook.haystack.includes(word)));
    for (const tile of $("tiles").querySelectorAll("button"))
      tile.setAttribute("aria-pressed", String(pressed.has(tile.dataset.action)));
    $("outcome").value = pressed.size === 0 ? "*" : pressed.size === 1 ? [...pressed][0] : "+";
    $("reset").hidden = pressed.size === 0 && type === "*" && !warned && words.length === 0;
    $("count").textContent = shown.length === webhooks.length
      ? plural(webhooks.length, "webhook")
      : shown.length + " of " + plural(webhooks.length, "webhook");
    $("rows").replaceChildren();
    drawn = 0;
    draw(portion);
  };

  const reset = () => {
    pressed.clear();
    $("text").value = "";
    $("type").value = "*";
    $("warned").checked = false;
    filter();
  };

  // --- rows ---------------------------------------------------------------------------------------------------------

  const draw = (count) => {
    const rows = document.createDocumentFragment();
    const end = Math.min(drawn + count, shown.length);
    for (; drawn < end; ++drawn) rows.append(rowOf(shown[drawn]));
    $("rows").append(rows);
    const left = shown.length - drawn;
    $("more").hidden = left === 0;
    $("more").textContent = "Show " + Math.min(left, portion) + " more of " + left;
  };

  const rowOf = (webhook) => {
    const folds = webhook.changes.length + webhook.warnings.length > 0 || webhook.error || webhook.url;
    const who = element("span", "who", element("bdi", "alias", ...visible(webhook.alias || "(no alias)")),
      element("span", "kindof", ...visible(webhook.type || "unknown type")));
    const facts = element("span", "facts");
    if (webhook.changes.length > 0) facts.append(plural(webhook.changes.length, "field"));
    if (webhook.warnings.length > 0) facts.append(element("span", "flag", plural(webhook.warnings.length, "warning")));
    const ids = [webhook.source, webhook.destination].filter(Boolean).join(" \u2192 ");
    const head = [element("span", "badge", webhook.action), who, facts, element("span", "idpair", ids ? "id " + ids : "")];
    const row = element("li", "row " + toneOf(webhook.action));
    if (!folds) {
      row.append(element("div", "head", ...head));
      return row;
    }
    const details = element("details", "", element("summary", "", ...head));
    details.addEventListener("toggle", () => {
      if (details.open && details.childElementCount === 1) details.append(bodyOf(webhook));
    });
    row.append(details);
    return row;
  };

  const bodyOf = (webhook) => {
    const body = element("div", "body");
    if (webhook.error) body.append(element("p", "notice " + (webhook.action === "left" ? "warn" : "bad"), ...visible(webhook.error)));
    for (const warning of webhook.warnings) body.append(element("p", "notice warn", ...visible(warning)));
    if (webhook.url) body.append(element("p", "url", ...visible(webhook.url)));
    if (webhook.changes.length > 0) body.append(diffOf(webhook));
    return body;
  };

  const diffOf = (webhook) => {
    const fresh = webhook.changes.every(([, before]) => before === null);
    const heading = (text, className) => {
      const out = element("th", className, text);
      out.scope = "col";
      return out;
    };
    const head = element("tr", "", heading("Field", "path"));
    if (!fresh) head.append(heading("Before", ""));
    head.append(heading(fresh ? "New" : "After", ""));
    const body = element("tbody", "");
    for (const [path, before, after, note] of webhook.changes) {
      const row = element("tr", "", element("td", "path", ...visible(path), ...(note ? [element("small", "", "(" + note + ")")] : [])));
      const [old, now] = cells(before, after);
      if (!fresh) row.append(old);
      row.append(now);
      body.append(row);
    }
    return element("table", "diff", element("thead", "", head), body);
  };

  // How much both begin and end with in common, in whole characters.
  const common = (a, b) => {
    const least = Math.min(a.length, b.length);
    let begin = 0;
    while (begin < least && a[begin] === b[begin]) ++begin;
    let end = 0;
    while (end < least - begin && a[a.length - 1 - end] === b[b.length - 1 - end]) ++end;
    return [begin, end];
  };
  const cells = (before, after) => {
    if (before === null || after === null)
      return [valueCell("old", before, null), valueCell("new", after, null)];
    const a = [...before];
    const b = [...after];
    const [begin, end] = common(a, b);
    return [valueCell("old", a, [begin, end]), valueCell("new", b, [begin, end])];
  };
  const valueCell = (side, value, same) => {
    if (value === null) return element("td", "nothing", "nothing");
    const characters = [...value];
    const parts = same
      ? [characters.slice(0, same[0]), characters.slice(same[0], characters.length - same[1]), characters.slice(characters.length - same[1])]
      : [characters, [], []];
    const cell = element("td", side);
    fill(cell, parts, same !== null, false);
    return cell;
  };
  // Of a long value what differs is shown, with a little around it; the rest on request.
  const fill = (cell, [before, middle, after], differs, whole) => {
    const around = 60;
    const longest = 400;
    const long = before.length + middle.length + after.length > longest;
    const cut = long && !whole;
    const text = (characters) => visible(characters.join(""));
    cell.replaceChildren();
    if (cut && differs && before.length > around) cell.append("\u2026", ...text(before.slice(-around)));
    else if (cut && !differs) cell.append(...text(before.slice(0, longest)), "\u2026");
    else cell.append(...text(before));
    if (middle.length > 0) {
      const mark = element("mark", "", ...text(cut ? middle.slice(0, longest) : middle));
      if (cut && middle.length > longest) mark.append("\u2026");
      cell.append(mark);
    }
    if (cut && differs && after.length > around) cell.append(...text(after.slice(0, around)), "\u2026");
    else cell.append(...text(after));
    if (!long) return;
    const button = element("button", "link expand", whole ? "show less" : "show all");
    button.type = "button";
    button.addEventListener("click", () => fill(cell, [before, middle, after], differs, !whole));
    cell.append(" ", button);
  };

  // --- warnings -----------------------------------------------------------------------------------------------------

  const showWarnings = () => {
    const groups = new Map();
    for (const webhook of webhooks)
      for (const warning of webhook.warnings) groups.set(warning, [...(groups.get(warning) || []), webhook]);
    for (const [warning, of] of groups) {
      const names = of.slice(0, 3).map((webhook) => visibleText(webhook.alias)).join(", ");
      const show = element("button", "link", plural(of.length, "webhook") + ": " + names + (of.length > 3 ? ", \u2026" : ""));
      show.type = "button";
      show.addEventListener("click", () => {
        reset();
        $("text").value = of.length === 1 ? of[0].alias : warning;
        $("warned").checked = true;
        filter();
        $("webhooks").scrollIntoView();
        $("text").focus({ preventScroll: true });
      });
      $("warning-list").append(element("li", "", element("p", "", ...visible(warning)), element("p", "who", show)));
    }
    $("warnings").hidden = groups.size === 0;
  };

  // --- ids ----------------------------------------------------------------------------------------------------------

  const idRows = data.webhooks.filter((webhook) => webhook.source && webhook.destination);
  let idsDrawn = 0;
  const drawIds = () => {
    const end = Math.min(idsDrawn + 500, idRows.length);
    for (; idsDrawn < end; ++idsDrawn) {
      const { source, destination, type, alias } = idRows[idsDrawn];
      $("id-rows").append(element("tr", "", element("td", "", source), element("td", "", destination),
        element("td", "", ...visible(type)), element("td", "", ...visible(alias))));
    }
    $("more-ids").hidden = idsDrawn === idRows.length;
    $("more-ids").textContent = "Show more of " + (idRows.length - idsDrawn);
  };
  // A spreadsheet must not take an alias for a formula.
  const harmless = (text) => (/^[=+\-@\t\r]/.test(text) ? "'" + text : text);
  const table = (separator, quote) => [["source_id", "destination_id", "type", "alias"],
    ...idRows.map((row) => [row.source, row.destination, row.type, row.alias])]
    .map((fields) => fields.map((field) => quote(harmless(field))).join(separator)).join("\r\n") + "\r\n";
  const say = (text) => {
    $("copied").textContent = text;
  };
  const copy = async () => {
    const text = table("\t", (field) => field.replace(/[\t\r\n]+/g, " "));
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const box = element("textarea", "");
      box.value = text;
      document.body.append(box);
      box.select();
      const copied = document.execCommand("copy");
      box.remove();
      if (!copied) return say("The browser does not allow to copy");
    }
    say(plural(idRows.length, "row") + " copied");
  };
  const save = () => {
    const text = table(",", (field) => '"' + field.replace(/"/g, '""') + '"');
    const link = element("a", "");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = "hookferry-ids.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    say("saved as " + link.download);
  };

  // --- hands on -----------------------------------------------------------------------------------------------------

  const allDetails = () => [...$("rows").querySelectorAll("details")];
  const setOpen = (open) => {
    for (const details of allDetails()) details.open = open;
  };
  const step = (by) => {
    const stops = allDetails().map((details) => details.firstElementChild);
    const at = stops.indexOf(document.activeElement);
    const next = stops[at < 0 ? (by > 0 ? 0 : stops.length - 1) : at + by];
    if (next) next.focus();
    else if (by > 0 && !$("more").hidden) {
      draw(portion);
      step(by);
    }
  };
  const themes = ["auto", "light", "dark"];
  const turnTheme = () => {
    const next = themes[(themes.indexOf(document.documentElement.dataset.theme || "auto") + 1) % themes.length];
    if (next === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    $("theme").textContent = "Theme: " + next;
  };

  $("text").addEventListener("input", filter);
  $("type").addEventListener("change", filter);
  $("warned").addEventListener("change", filter);
  $("outcome").addEventListener("change", () => {
    pressed.clear();
    if ($("outcome").value !== "*") pressed.add($("outcome").value);
    filter();
  });
  $("reset").addEventListener("click", () => {
    reset();
    $("text").focus();
  });
  $("unfold").addEventListener("click", () => setOpen(true));
  $("fold").addEventListener("click", () => setOpen(false));
  $("more").addEventListener("click", () => draw(portion));
  // Whoever comes near the end of the rows finds more of them.
  new IntersectionObserver((seen) => {
    if (seen.some((entry) => entry.isIntersecting)) draw(portion);
  }, { rootMargin: "600px" }).observe($("more"));
  $("more-ids").addEventListener("click", drawIds);
  $("copy").addEventListener("click", copy);
  $("csv").addEventListener("click", save);
  $("theme").addEventListener("click", turnTheme);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key === "Escape" && !$("reset").hidden) reset();
    if (typing) return;
    if (event.key === "/") {
      event.preventDefault();
      $("text").focus();
      $("text").select();
    } else if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
  });
  // Paper shows all webhooks that the filters let through, each expanded or collapsed as it is on the screen.
  addEventListener("beforeprint", () => {
    draw(shown.length);
    while (!$("more-ids").hidden && idRows.length > 0) drawIds();
  });

  showHead();
  showNotices();
  showTiles();
  showChoices();
  showWarnings();
  filter();
  if (idRows.length > 0) {
    $("ids").hidden = false;
    drawIds();
  }
  document.documentElement.dataset.ready = "yes";
})();
