// Debian's Chromium without a window, with a profile of its own that is empty.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

export const openBrowser = async (options = {}) => {
  const profile = mkdtempSync(join(tmpdir(), "hookferry-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    headless: true,
    viewport: { width: 1200, height: 900 },
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
    ...options,
  });
  return {
    context,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
};

/// A page with the report, and all that went wrong or was asked for while it was open.
export const openReport = async (context, file, options = {}) => {
  const page = await context.newPage();
  if (options.size) await page.setViewportSize(options.size);
  if (options.dark) await page.emulateMedia({ colorScheme: "dark" });
  const trouble = [];
  page.on("console", (message) => { if (message.type() === "error" || message.type() === "warning") trouble.push(message.text()); });
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("dialog", async (dialog) => {
    trouble.push("dialog: " + dialog.message());
    await dialog.dismiss();
  });
  page.on("request", (request) => { if (request.url() !== "file://" + file) trouble.push("request: " + request.url()); });
  await page.goto("file://" + file);
  await page.waitForSelector("html[data-ready]");
  return { page, trouble };
};
