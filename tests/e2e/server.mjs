// Starts the real server with its demo, and follows its live view.
//
// Entry point: startServer(buildDir, config) -> {shop, origin, staff, live, metrics(), visitors(), stored(what), stop()}.
// config: the text of a configuration file; without one, the defaults.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const STARTS_WITHIN = 20000;

/** Messages of the live view as they come; until(test) waits for one. */
const follow = async (url, token) => {
  const stop = new AbortController();
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal: stop.signal });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  const messages = [];
  const waiting = new Set();

  const take = (text) => {
    const data = text.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5)).join("\n");
    if (!data || /^event: ?(hello|ping)/m.test(text)) return;
    messages.push(JSON.parse(data));
    waiting.forEach((look) => look());
  };

  (async () => {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of answer.body) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
      rest = parts.pop();
      parts.forEach(take);
    }
  })().catch(() => {}); // stopped

  return {
    messages,
    stop: () => stop.abort(),
    /** The first message for which test holds, come or yet to come. */
    until: (test, what, ms = 15000) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = messages.find(test);
          if (!found) return;
          waiting.delete(look);
          clearTimeout(timer);
          resolve(found);
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`the live view did not show ${what} within ${ms} ms; the last it showed:\n${messages.slice(-8).map((m) => JSON.stringify(m).slice(0, 300)).join("\n")}`));
        }, ms);
        waiting.add(look);
        look();
      }),
  };
};

export const startServer = async (buildDir, config) => {
  const folder = mkdtempSync(join(tmpdir(), "vinkki-e2e-"));
  const file = join(folder, "vinkki.yml");
  if (config) writeFileSync(file, config);
  const server = spawn(
    join(buildDir, "vinkki"),
    [
      "serve", "--demo", "--data", join(folder, "data"), "--listen", "127.0.0.1:0", "--staff", "127.0.0.1:0",
      ...(config ? ["--config", file] : []),
    ],
    { stdio: ["ignore", "pipe", "pipe"] }
  );
  let stopping = false;
  const ended = new Promise((resolve) =>
    server.on("exit", (status, signal) => {
      if (!stopping) console.error(`the server ended by itself (${signal || status}); its last words:\n${log}`);
      resolve(signal || status);
    })
  );
  let log = "";
  server.stderr.on("data", (text) => (log = (log + text).slice(-20000)));

  const found = {};
  await new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`${why}\n${log}`));
    const timer = setTimeout(fail, STARTS_WITHIN, "the server printed no addresses");
    ended.then((status) => fail(`the server ended with ${status}`));
    server.on("error", (e) => fail(e.message));
    createInterface(server.stdout).on("line", (line) => {
      const [, name, url] = /^(shop|staff): (\S+)/.exec(line) || [];
      if (name) found[name] = url;
      if (!found.shop || !found.staff) return;
      clearTimeout(timer);
      resolve();
    });
  });

  const staff = new URL(found.staff);
  const token = staff.hash.slice("#token=".length);
  staff.hostname = "127.0.0.1"; // a bare Debian 12 has no /etc/hosts: only browsers know localhost there
  const ask = async (path) => {
    const answer = await fetch(staff.origin + path, { headers: { authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const live = await follow(staff.origin + "/api/v1/live?site=&visitor=", token).catch((why) => {
    server.kill(); // or the test run would wait for it
    throw why;
  });

  return {
    shop: found.shop,
    origin: new URL(found.shop).origin,
    staff: found.staff,
    live,
    metrics: async () => (await ask("/metrics")).text(),
    visitors: async () => (await (await ask("/api/v1/visitors")).json()).visitors,
    log: () => log,
    /** Ends the server, and gives what it has stored: `what` of vinkki export, a line each. */
    async stored(what) {
      await this.end();
      const out = execFileSync(join(buildDir, "vinkki"), ["export", "--data", join(folder, "data"), "--what", what], { encoding: "utf8" });
      return out.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    },
    async end() {
      stopping = true;
      live.stop();
      server.kill("SIGTERM");
      await ended;
    },
    async stop() {
      await this.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
