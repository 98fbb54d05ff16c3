/* Makes the site's scripts and its one stylesheet, with esbuild, PurgeCSS and lightningcss.

     node assets.mjs < job > made          both JSON; assets.py asks for it

   job.modules   [{path, name}]: each module and what it imports becomes one classic script, since browsers import no
                 module from a folder; what it exports is there under the global name, if it has one
   job.scripts   [[text, ...]]: classic scripts, joined in their order
   job.sheets    [{css, words, properties}]: the rules that could match something made of these words, without the custom
                 properties that no rule uses and `properties` does not name: `--a` this one, `--a-` all that begin so

   made has a text for each of them, all made small, and the warnings. What is written depends on the job alone. */
import { text } from "node:stream/consumers";
import { build, transform } from "esbuild";
import { transform as lighten } from "lightningcss";
import { PurgeCSS } from "purgecss";

// `legalComments`: the page on notices names the licences.
const SMALL = { minify: true, charset: "utf8", legalComments: "none", target: "es2022", logLevel: "silent" };
// The browsers that know :has(), which the pages need anyway: nothing is written in a way that these do not read.
const BROWSERS = { chrome: 105 << 16, firefox: 121 << 16, safari: (15 << 16) | (4 << 8) };

const warnings = [];
const noted = (found) => {
  for (const { text, location } of found) warnings.push(location ? `${location.file}:${location.line}: ${text}` : text);
};

async function bundled({ path, name }) {
  const options = { entryPoints: [path], bundle: true, write: false, format: "iife", ...SMALL };
  const made = await build(name ? { ...options, globalName: name } : options);
  noted(made.warnings);
  return made.outputFiles[0].text;
}

/* Joined, so that a name of the one that is another's is an error here and not in the browser. The semicolon in front
   keeps a "use strict" of the first from being said of all. */
async function joined(scripts) {
  const made = await transform(["", ...scripts].join("\n;"), SMALL);
  noted(made.warnings);
  return made.code;
}

/* PurgeCSS is given words in place of pages. Attributes are not looked at: scripts change many of them. */
async function purged({ css, words, properties }) {
  const [{ css: made }] = await new PurgeCSS().purge({
    css: [{ raw: css }],
    content: [{ raw: "words", extension: "words" }],
    extractors: [{ extensions: ["words"], extractor: () => words }],
    dynamicAttributes: [...new Set(Array.from(css.matchAll(/\[\s*([\w-]+)/g), ([, name]) => name))],
    safelist: {
      standard: [/^:/],
      variables: properties.map((name) => (name.endsWith("-") ? new RegExp(`^${name}`) : name)),
    },
    keyframes: true,
    variables: true,
  });
  const light = lighten({ filename: "sheet.css", code: Buffer.from(made), minify: true, targets: BROWSERS });
  for (const { message, loc } of light.warnings) warnings.push(`stylesheet, line ${loc.line}: ${message}`);
  return light.code.toString();
}

const job = JSON.parse(await text(process.stdin));
const work = { modules: bundled, scripts: joined, sheets: purged };
try {
  const made = {};
  for (const [kind, items] of Object.entries(job)) {
    if (!work[kind]) throw new Error(`${kind}: allowed: ${Object.keys(work).join(", ")}`);
    made[kind] = [];
    for (const item of items) made[kind].push(await work[kind](item));
  }
  process.stdout.write(JSON.stringify({ ...made, warnings }));
} catch (error) {
  const lines = error.errors?.map(({ text, location: at }) => (at ? `${at.file}:${at.line}: ${text}` : text));
  process.stderr.write(lines?.join("\n") ?? (error.loc ? `line ${error.loc.line}: ${error.message}` : error.message));
  process.exitCode = 1;
}
