// usage: node screenshots.js FOLDER [all]     all: dark and narrow, too
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Accounts } from "./accounts.js";
import { openBrowser, openReport } from "./browser.js";

const sample = (name) => JSON.parse(readFileSync(new URL("../../configs/sandbox/" + name + ".json", import.meta.url))).webhooks;
const accounts = await Accounts.with(sample("eu"), sample("us"));
const browser = await openBrowser({ deviceScaleFactor: 1 });
try {
  await accounts.run("diff", "eu", "us", "-q", "--report", accounts.file("plan.html"));
  const take = async (name, options) => {
    const { page } = await openReport(browser.context, accounts.file("plan.html"), options);
    // The address of the sandbox is of no interest, and another one each time.
    await page.evaluate((url) => {
      for (const fact of document.querySelectorAll(".end dd"))
        if (fact.textContent === url) fact.textContent = "https://api.coralogix." + (fact.closest(".end").previousElementSibling ? "us" : "com");
      document.getElementById("made").textContent = "hookferry";
    }, accounts.url);
    await page.click("#rows summary >> nth=0");
    await page.click("#rows summary:has(.flag) >> nth=0");
    await page.waitForTimeout(300);
    await page.evaluate(() => document.activeElement.blur());
    await page.mouse.move(0, 0);
    await page.screenshot({ path: join(process.argv[2], name) });
    await page.close();
  };
  const size = { width: 1100, height: 1140 };
  await take("report-light.png", { size });
  if (process.argv[3] === "all") await take("report-dark.png", { size, dark: true });
  if (process.argv[3] === "all") await take("report-narrow.png", { size: { width: 400, height: 1500 } });
} finally {
  await browser.close();
  accounts.end();
}
