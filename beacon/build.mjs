// Builds both bundles into a folder (default dist/) and the bare core, which is only measured.

import { build, transform } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { minify } from "terser";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] || join(here, "dist");

/** Bytes at most, gzip -9 and brotli 11 (docs: README.md, "Sizes"). */
const BUDGETS = {
  "bare.js": { of: "core", gzip: 2200, brotli: 2000 },
  "vinkki.js": { of: "core + signals", gzip: 4800, brotli: 4300 },
  "offer.js": { of: "offer", gzip: 2800, brotli: 2500 },
};

/** Names of properties that only our own modules use: short in the bundles. None may be
 * the name of something of the browser's that we use. */
const INTERNAL =
  /^(up|down|seen|heard)$/;

/** A .css file is imported as text, without what a browser does not need. */
const css = {
  name: "css",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, "utf8"), { loader: "css", minify: true });
      return { loader: "text", contents: code.trim().replace(/(var\([\w-]+), /g, "$1,") };
    }),
};

const bundle = async (entry, format, define) => {
  const result = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    write: false,
    bundle: true,
    plugins: [css],
    minifySyntax: true,
    format,
    target: "es2021",
    charset: "utf8",
    legalComments: "none",
    define,
  });
  const { code } = await minify(result.outputFiles[0].text, {
    ecma: 2020,
    module: format == "esm",
    compress: { passes: 3, unsafe_arrows: true, booleans_as_integers: true, keep_fargs: false },
    mangle: { properties: { regex: INTERNAL, builtins: true } },
  });
  return Buffer.from(code);
};

const row = (...cells) =>
  console.log(cells.map((c, i) => (i < 2 ? String(c).padEnd(16) : String(c).padStart(14))).join(""));

const report = (file, bytes) => {
  const { of, gzip, brotli } = BUDGETS[file];
  const size = {
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
  };
  row(file, of, bytes.length, `${size.gzip} / ${gzip}`, `${size.brotli} / ${brotli}`);
  return size.gzip <= gzip && size.brotli <= brotli;
};

const offer = await bundle("src/offer/main.js", "esm");
const hash = createHash("sha256").update(offer).digest("hex").slice(0, 12);
const define = { OFFER_HASH: JSON.stringify(hash) };
const core = await bundle("src/bare.js", "iife", define);
const vinkki = await bundle("src/main.js", "iife", define);
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "offer.js"), offer);
writeFileSync(join(out, "vinkki.js"), vinkki);

row("file", "part", "min", "gzip / budget", "brotli / budget");
const fits = [report("bare.js", core), report("vinkki.js", vinkki), report("offer.js", offer)];
console.log(`offer.js is served as /v1/offer.${hash}.js`);
if (fits.includes(false)) {
  console.error("over budget");
  process.exit(1);
}
