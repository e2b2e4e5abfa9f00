import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import axe from "axe-core";
import { Accounts, slack, webhook } from "./accounts.js";
import { openBrowser, openReport } from "./browser.js";

const long = "https://ci.example.com" + "/deploy".repeat(80); // words, which are not masked
const source = [
  slack(1, "ops-alerts"),
  slack(2, "ops-quiet"),
  webhook(3, "deploy-hook", { text: "deployed to production" }, long + "/new"),
  webhook(4, "same", {}),
  { ...slack(5, "=cmd|' /C calc'!A0, \"quoted\""), url: "https://hooks.example.com/5" },
];
const destination = [
  webhook(100, "deploy-hook", { text: "deployed to staging" }, long + "/old"),
  webhook(101, "same", {}, "https://ci.example.com/4"),
];
const hostile = [
  "<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "<!--<script>", "\u202egnp.exe", "a\u0000b\u001b[31m",
  "${alert(3)}", "javascript:alert(4)", "&lt;b&gt;", "@SCRIPT@", "\ud83d\udea8 St\u00f6rung",
];

let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser.close());

const rows = (page) => page.locator("#rows > li");
const aliases = (page) => page.locator("#rows .alias").allTextContents();

/// By axe, in a world beside the page's own, which the policy does not let anybody into.
const examine = async (page) => {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId: contextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
  await session.send("Runtime.evaluate", { expression: axe.source, contextId });
  const expression = "axe.run().then((found) => JSON.stringify(found))";
  const { result } = await session.send("Runtime.evaluate", { expression, contextId, awaitPromise: true });
  return JSON.parse(result.value);
};

describe("a plan as a page", () => {
  let accounts;
  let page;
  let trouble;
  before(async () => {
    accounts = await Accounts.with(source, destination);
    const ran = await accounts.run("diff", "eu", "us", "--report", accounts.file("plan.html"));
    assert.equal(ran.code, 2, ran.err);
    ({ page, trouble } = await openReport(browser.context, accounts.file("plan.html")));
  });
  after(async () => {
    assert.deepEqual(trouble, []); // no error, no dialog, no request, no breach of the policy
    accounts.end();
  });

  it("is nobody else's to read", () => {
    assert.equal(statSync(accounts.file("plan.html")).mode & 0o777, 0o600);
  });

  it("says where from and where to", async () => {
    assert.equal(await page.textContent("h1"), "eu \u2192 us");
    assert.equal(await page.textContent("#kind"), "Plan of a migrate");
    assert.equal(await page.title(), "Plan of a migrate: eu \u2192 us - hookferry");
    assert.match(await page.textContent("#sentence"), /^Plan: 3 to create, 0 to update, 0 to delete, 1 unchanged, 1 in conflict\.$/);
    assert.match(await page.textContent("#made"), /UTC \u00b7 hookferry .* \u00b7 .*@.* \u00b7 hookferry diff eu us --report /);
    assert.match(await page.textContent("#scope"), /Options--report .*plan\.html \(command line\)/);
    assert.match(await page.textContent("#ends"), /Region\s*eu1.*Company\s*1.*Region\s*us1.*Company\s*2/s);
  });

  it("shows what needs eyes first", async () => {
    assert.deepEqual(await aliases(page), ["deploy-hook", "ops-alerts", "ops-quiet", source[4].alias, "same"]);
  });

  it("filters by text, type, outcome and warnings", async () => {
    await page.fill("#text", "OPS quiet");
    assert.deepEqual(await aliases(page), ["ops-quiet"]);
    assert.equal(await page.textContent("#count"), "1 of 5 webhooks");
    await page.click("#reset");
    await page.selectOption("#type", "webhook");
    assert.deepEqual(await aliases(page), ["deploy-hook", "same"]);
    await page.click("button.tile:has-text('conflict')");
    assert.deepEqual(await aliases(page), ["deploy-hook"]);
    assert.equal(await page.getAttribute("button.tile:has-text('conflict')", "aria-pressed"), "true");
    assert.equal(await page.inputValue("#outcome"), "conflict");
    await page.click("#reset");
    await page.selectOption("#outcome", "unchanged");
    assert.deepEqual(await aliases(page), ["same"]);
    await page.fill("#text", "nothing has this");
    assert.equal(await rows(page).count(), 0);
    await page.keyboard.press("Escape");
    assert.equal(await page.textContent("#count"), "5 webhooks");
  });

  it("has labels above fields of one height", async () => {
    const box = (selector) => page.locator(selector).boundingBox();
    const [text, type, outcome] = [await box("#text"), await box("#type"), await box("#outcome")];
    assert.deepEqual([type.y, type.height, outcome.y, outcome.height], [text.y, text.height, text.y, text.height]);
    const labels = await page.locator(".controls label > span").evaluateAll((spans) => spans.slice(0, 3).map((span) => span.getBoundingClientRect().top));
    assert.equal(new Set(labels).size, 1);
  });

  it("expands and collapses", async () => {
    assert.deepEqual(await page.locator("#unfold, #fold").allTextContents(), ["Expand all", "Collapse all"]);
    assert.equal(await page.textContent(".check span"), "only with warnings");
    const body = page.locator("#rows .body").first();
    await page.click("#rows summary >> nth=0");
    await body.waitFor({ state: "visible" });
    await page.click("#rows summary >> nth=0");
    await body.waitFor({ state: "hidden" });
    await page.click("#unfold");
    assert.equal(await page.locator("#rows details[open]").count(), await page.locator("#rows details").count());
    await page.locator("#rows .diff").first().waitFor({ state: "visible" });
    await page.click("#fold");
    assert.equal(await page.locator("#rows details[open]").count(), 0);
  });

  it("marks the part of a long value that differs and shows the rest on request", async () => {
    await page.click("#rows summary >> nth=0");
    const row = page.locator(".diff tbody tr").first();
    assert.deepEqual(await row.locator("mark").allTextContents(), ["old", "new"]);
    assert.ok((await row.locator(".old").textContent()).length < 200);
    await row.locator(".old .expand").click();
    assert.ok((await row.locator(".old").textContent()).includes("/deploy".repeat(80) + "/old"));
    await page.click("#fold");
  });

  it("is used with the keyboard alone", async () => {
    await page.locator("#webhooks-heading").click();
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement.id), "text");
    await page.keyboard.type("ops");
    assert.equal(await rows(page).count(), 2);
    await page.keyboard.press("Escape");
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("#rows details[open] .alias").textContent(), "deploy-hook");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("#rows details[open]").count(), 0);
  });

  it("gives the ids to the clipboard and as a file, and no formula to a spreadsheet", async () => {
    await browser.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.click("#copy");
    await page.waitForFunction(() => document.getElementById("copied").textContent !== "");
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied.replaceAll("\r", ""), "source_id\tdestination_id\ttype\talias\n3\t100\twebhook\tdeploy-hook\n4\t101\twebhook\tsame\n");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#csv")]);
    assert.equal(download.suggestedFilename(), "hookferry-ids.csv");
    assert.match(readFileSync(await download.path(), "utf8"), /^"source_id","destination_id","type","alias"\r\n"3","100",/);
  });

  it("turns dark and light", async () => {
    const color = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await color();
    await page.click("#theme");
    await page.click("#theme");
    assert.equal(await page.textContent("#theme"), "Theme: dark");
    assert.notEqual(await color(), light);
    await page.click("#theme");
    assert.equal(await color(), light);
  });

  it("prints all that is let through, expanded where it is on the screen", async () => {
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.locator("#rows details[open]").count(), 0);
    assert.ok(!(await page.locator(".controls").isVisible()));
    await page.evaluate(() => { document.querySelector("#rows details").open = true; });
    await page.locator(".diff").first().waitFor({ state: "visible" });
    await page.evaluate(() => { document.querySelector("#rows details").open = false; });
    await page.emulateMedia({ media: "screen" });
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    assert.equal(await page.locator("#rows details[open]").count(), 0);
    assert.ok((await page.pdf()).length > 10_000);
  });

  for (const [name, options] of [["light", {}], ["dark", { dark: true }], ["narrow", { size: { width: 400, height: 800 } }]]) {
    it("has nothing serious against it in axe: " + name, async () => {
      const opened = await openReport(browser.context, accounts.file("plan.html"), options);
      await opened.page.click("#unfold");
      await opened.page.click("button.tile >> nth=0");
      const found = await examine(opened.page);
      assert.ok(found.passes.length > 10);
      const told = found.violations.map(({ id, impact, nodes }) => impact + " " + id + ": " + nodes.map((node) => node.html).join(" | ").slice(0, 300));
      assert.deepEqual(told, []);
      await opened.page.close();
    });
  }

  it("fits a window of 400 pixels", async () => {
    const opened = await openReport(browser.context, accounts.file("plan.html"), { size: { width: 400, height: 800 } });
    await opened.page.click("#unfold");
    assert.equal(await opened.page.evaluate(() => document.documentElement.scrollWidth), 400);
    await opened.page.close();
  });
});

describe("hostile text", () => {
  it("stays text, and what nobody can see is shown by its number", async () => {
    const accounts = await Accounts.with(hostile.map((alias, i) => webhook(i + 1, alias, { [alias]: alias })),
      hostile.map((alias, i) => webhook(i + 100, alias, {})));
    const ran = await accounts.run("diff", "eu", "us", "--report", accounts.file("plan.html"));
    assert.equal(ran.code, 2, ran.err);
    const { page, trouble } = await openReport(browser.context, accounts.file("plan.html"));
    await page.click("#unfold");
    const shown = await aliases(page);
    for (const alias of hostile.filter((text) => !/[\u0000\u202e]/.test(text))) assert.ok(shown.includes(alias), alias);
    assert.ok(shown.includes("\\u202egnp.exe"));
    assert.ok(shown.includes("a\\u0000b\\u001b[31m"));
    assert.equal(await page.locator("main img, main script").count(), 0);
    assert.equal(await page.evaluate(() => document.scripts.length), 2);
    assert.deepEqual(trouble, []);
    accounts.end();
  });

  it("cannot run a script even if it came to be markup", async () => {
    const accounts = await Accounts.with([slack(1, "ops")], []);
    await accounts.run("diff", "eu", "us", "--report", accounts.file("plan.html"));
    const { page, trouble } = await openReport(browser.context, accounts.file("plan.html"));
    const ran = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "document.documentElement.dataset.broken = 'yes'";
      document.body.append(script);
      const image = document.createElement("img");
      image.setAttribute("onerror", "document.documentElement.dataset.broken = 'yes'");
      image.src = "data:,";
      document.body.append(image);
      await new Promise((wait) => setTimeout(wait, 50));
      return document.documentElement.dataset.broken;
    });
    assert.equal(ran, undefined);
    assert.ok(trouble.some((text) => text.includes("Content Security Policy")), trouble.join());
    accounts.end();
  });
});

describe("what was done as a page", () => {
  it("shows a migration, its ids and its undoing", async () => {
    const accounts = await Accounts.with(source, destination);
    const done = await accounts.run("migrate", "eu", "us", "--yes", "--settle", "0.1", "--on-conflict", "update", "--ledger", accounts.file("l.jsonl"),
      "--report", accounts.file("done.html"));
    assert.equal(done.code, 0, done.err);
    const first = await openReport(browser.context, accounts.file("done.html"));
    assert.equal(await first.page.textContent("#kind"), "Outcome of a migrate");
    assert.match(await first.page.textContent("#sentence"), /^Outcome: 3 created, 1 updated, 0 deleted, 1 unchanged\.$/);
    assert.deepEqual(await first.page.locator(".badge").allTextContents(), ["updated", "created", "created", "created", "unchanged"]);
    assert.equal(await first.page.locator("#id-rows tr").count(), 5);
    assert.match(await first.page.textContent("#notices"), /To undo: hookferry undo .*l\.jsonl/);
    const [download] = await Promise.all([first.page.waitForEvent("download"), first.page.click("#csv")]);
    assert.match(readFileSync(await download.path(), "utf8"), /"'=cmd\|' \/C calc'!A0, ""quoted"""/);
    assert.deepEqual(first.trouble, []);
    const undone = await accounts.run("undo", accounts.file("l.jsonl"), "--dest", "us", "--yes", "--settle", "0.1", "--report", accounts.file("undo.html"));
    assert.equal(undone.code, 0, undone.err);
    const second = await openReport(browser.context, accounts.file("undo.html"));
    assert.equal(await second.page.textContent("#kind"), "Outcome of an undo");
    assert.match(await second.page.textContent("#scope"), /Undoes.*Z migrate eu -> us/);
    assert.deepEqual(await second.page.locator(".badge").allTextContents(), ["deleted", "deleted", "deleted", "restored"]);
    assert.deepEqual(second.trouble, []);
    accounts.end();
  });
});

describe("five thousand webhooks", () => {
  it("are filtered, and drawn in portions", async () => {
    const many = Array.from({ length: 5000 }, (_, i) => slack(i + 1, (i % 10 === 0 ? "tenth-" : "hook-") + i));
    const accounts = await Accounts.with(many, []);
    const ran = await accounts.run("diff", "eu", "us", "-q", "--report", accounts.file("plan.html"));
    assert.equal(ran.code, 2, ran.err);
    const { page, trouble } = await openReport(browser.context, accounts.file("plan.html"));
    const first = await rows(page).count();
    assert.ok(first >= 50 && first < 500, String(first));
    await page.fill("#text", "tenth-");
    assert.equal(await page.textContent("#count"), "500 of 5000 webhooks");
    while (await page.locator("#more").isVisible()) {
      const drawn = await rows(page).count();
      await page.locator("#more").scrollIntoViewIfNeeded();
      await page.waitForFunction((count) => document.getElementById("rows").childElementCount > count, drawn);
    }
    assert.equal(await rows(page).count(), 500);
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    const pages = (await page.pdf()).toString("latin1").match(/\/Type\s*\/Page\b/g).length;
    assert.ok(pages < 25, pages + " pages for 500 webhooks");
    assert.deepEqual(trouble, []);
    accounts.end();
  });
});

describe("the plan of a mirror as a page", () => {
  it("tells what was rewritten, where, and what will stop it", async () => {
    const accounts = await Accounts.with(
      [slack(1, "api", "https://api.coralogix.com/x")],
      [slack(100, "api", "https://api.coralogix.com/x"), slack(101, "extra")]);
    await accounts.run("diff", "eu", "us", "--mirror", "--max-delete", "0", "--except", "none*", "--report", accounts.file("plan.html"));
    const { page, trouble } = await openReport(browser.context, accounts.file("plan.html"));
    assert.equal(await page.textContent("#rewritten"), "1 host rewritten in 1 webhook.");
    assert.match(await page.textContent("#notices"), /--max-delete 0 allows 0/);
    await page.click("#unfold");
    assert.equal(await page.locator(".diff td.path").first().textContent(), "/url(only rewritten hosts differ)");
    assert.equal(await page.textContent("#kind"), "Plan of a mirror");
    assert.deepEqual(await aliases(page), ["extra", "api"]); // deletions come first
    assert.equal(await page.locator("#rows .url").first().textContent(), "https://hooks.example.com/101");
    assert.match(await page.textContent("#scope"), /Filters--except none\* \(command line\)Left out0 webhooks of the source/);
    assert.match(await page.textContent("#notices"), /no webhook matches --except none\*/);
    assert.deepEqual(trouble, []);
    accounts.end();
  });
});
