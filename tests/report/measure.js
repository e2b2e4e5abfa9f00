// How long the page of 5,000 webhooks takes to answer a filter, from the key pressed to the next frame. A figure, not a test.
import { Accounts, slack, webhook } from "./accounts.js";
import { openBrowser, openReport } from "./browser.js";

const many = Array.from({ length: 5000 }, (_, i) => i % 3 === 0
  ? webhook(i + 1, "webhook-" + i, { text: "alert ".repeat(20) + i })
  : slack(i + 1, "slack-" + i));
const accounts = await Accounts.with(many, []);
const browser = await openBrowser();
try {
  await accounts.run("diff", "eu", "us", "-q", "--report", accounts.file("plan.html"));
  const began = Date.now();
  const { page } = await openReport(browser.context, accounts.file("plan.html"));
  console.log("open: " + (Date.now() - began) + " ms");
  const times = await page.evaluate(async () => {
    const out = [];
    const box = document.getElementById("text");
    for (const text of ["w", "we", "web", "webhook-1", "alert 3", "", "slack-49", "x", ""]) {
      const start = performance.now();
      box.value = text;
      box.dispatchEvent(new Event("input"));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      out.push(Math.round(performance.now() - start));
    }
    return out;
  });
  console.log("filter: " + times.join(", ") + " ms; slowest " + Math.max(...times) + " ms");
} finally {
  await browser.close();
  accounts.end();
}
