// A built site on the loopback address, with gzip for text, and no address but its own.

import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".txt": "text/plain; charset=utf-8",
  ".xml": "application/xml",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
};

export function serve(site) {
  const server = createServer((asked, answer) => {
    let path = join(site, normalize(decodeURIComponent(new URL(asked.url, "http://x").pathname)));
    let body;
    try {
      if (statSync(path).isDirectory()) path = join(path, "index.html");
      body = readFileSync(path);
    } catch {
      answer.writeHead(404).end();
      return;
    }
    const type = TYPES[extname(path)] ?? "application/octet-stream";
    const head = { "Content-Type": type, "Cache-Control": "max-age=600" };
    if (/text|json|svg|xml/.test(type)) {
      body = gzipSync(body, { level: 6 });
      head["Content-Encoding"] = "gzip";
    }
    answer.writeHead(200, { ...head, "Content-Length": body.length }).end(body);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}
