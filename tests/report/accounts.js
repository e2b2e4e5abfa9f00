// Reports made by the real binary, from accounts of its sandbox.
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const hookferry = resolve(process.env.HOOKFERRY || "../../build/release/hookferry");

export const slack = (id, alias, url = "https://hooks.example.com/" + id) => ({
  id, alias, url, company_id: 1, integration_type_fields: "[]", integration_type_id: 0,
  integration_type: { id: 0, label: "Slack", icon: "" }, created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-01T00:00:00Z",
});
export const webhook = (id, alias, payload, url = "https://ci.example.com/" + id) => ({
  ...slack(id, alias, url), integration_type_id: 1, integration_type: { id: 1, label: "WebHook", icon: "" },
  integration_type_fields: JSON.stringify([
    { name: "uuid", value: "17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb" }, { name: "method", value: "post" },
    { name: "headers", value: {} }, { name: "payload", value: payload }]),
});

export class Accounts {
  static async with(source, destination) {
    const out = new Accounts();
    out.folder = mkdtempSync(join(tmpdir(), "hookferry-report-"));
    mkdirSync(out.file("state"));
    const account = (name, company, webhooks) =>
      writeFileSync(out.file("state/" + name + ".json"),
        JSON.stringify({ api_key: name + "-key", company_id: company, webhooks: webhooks.map((one) => ({ ...one, company_id: company })) }));
    account("eu", 1, source);
    account("us", 2, destination);
    out.sandbox = spawn(hookferry, ["sandbox", "--state", out.file("state")], { stdio: ["ignore", "pipe", "inherit"] });
    out.url = await new Promise((found, failed) => {
      out.sandbox.stdout.once("data", (bytes) => found(String(bytes).trim()));
      out.sandbox.once("exit", () => failed(new Error("the sandbox did not start")));
    });
    writeFileSync(out.file("hookferry.ini"), ["eu:eu1", "us:us1"].map((entry) => {
      const [name, region] = entry.split(":");
      return `[${name}]\nregion = ${region}\nurl = ${out.url}\napi-key-env = KEY_${name}\n`;
    }).join(""));
    return out;
  }
  file(name) {
    return join(this.folder, name);
  }
  /// The exit code and what was said.
  run(...args) {
    const env = { PATH: process.env.PATH, HOME: this.folder, HOOKFERRY_CONFIG: this.file("hookferry.ini"),
      XDG_STATE_HOME: this.file("xdg"), KEY_eu: "eu-key", KEY_us: "us-key" };
    return new Promise((found) => {
      execFile(hookferry, args, { env, maxBuffer: 1 << 28 }, (error, out, err) => found({ code: error ? error.code : 0, out, err }));
    });
  }
  end() {
    this.sandbox.removeAllListeners("exit");
    this.sandbox.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
