// The real server with its demo, and a browser. Whoever imports this has both from before its tests
// until after them.

import { after, before } from "node:test";
import { startServer } from "./server.mjs";
import { openBrowser } from "./shopper.mjs";

export let server;
export let browser;

before(async () => {
  server = await startServer(process.env.VINKKI_BUILD);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});
