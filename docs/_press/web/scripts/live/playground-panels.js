/* The five charts of a net, layer by layer, each with its key, its sentence and its table. */
import { make } from "../dom.js";
import { number } from "./playground-base.js";
import { Chart } from "./playground-chart.js";

const PANELS = [
  {
    id: "backward",
    title: "Gradient",
    axis: "log",
    keys: [
      { of: "delta", name: "norm of δ", hue: "backward", mark: "circle", theory: "delta" },
      { of: "weight_gradient", name: "norm of dL/dW", hue: "plain", mark: "square" },
    ],
  },
  {
    id: "forward",
    title: "Signal",
    axis: "log",
    keys: [{ of: "forward", name: "rms of z", hue: "forward", mark: "circle", theory: "forward" }],
  },
  {
    id: "saturation",
    title: "Saturated, dead",
    axis: [0, 1],
    percent: true,
    keys: [
      { of: "saturation", name: "saturated", hue: "dead", mark: "circle" },
      { of: "dead", name: "dead units", hue: "plain", mark: "square" },
    ],
  },
  {
    id: "correlation",
    title: "Two inputs",
    axis: [0, 1],
    keys: [{ of: "correlation", name: "mean cosine", hue: "forward", mark: "circle", theory: "correlation" }],
  },
];
const SWATCH = {
  circle: '<path class="pg-curve" d="M1 6H25"/><path class="pg-mark" d="M10 6a3 3 0 1 0 6 0a3 3 0 1 0 -6 0"/>',
  square: '<path class="pg-curve" d="M1 6H25"/><path class="pg-open" d="M10.3 3.3h5.4v5.4h-5.4z"/>',
  theory: '<path class="pg-theory" d="M1 6H25"/>',
  fine: '<path class="pg-fine" d="M1 6H25"/>',
};

const swatch = (kind, hue = "ink") => {
  const made = make("span", { class: "pg-swatch", "aria-hidden": "true" });
  made.innerHTML = `<svg viewBox="0 0 26 12" width="26" height="12" style="--hue: var(--vgp-${hue})">${SWATCH[kind]}</svg>`;
  return made;
};

/* Title, key, chart, sentence and table; the table is filled when it is opened. */
export class Panel {
  constructor({ id, title, level = "h3", ...chart }) {
    this.chart = new Chart(chart);
    this.key = make("ul", { class: "pg-key" });
    this.sentence = make("p", { class: "pg-sentence" });
    this.table = make("div", { class: "pg-table", role: "region", tabindex: "0", "aria-label": `Numbers: ${title}` });
    this.fold = make("details", { class: "pg-numbers" }, make("summary", {}, "Numbers"), this.table);
    this.fold.addEventListener("toggle", () => this.#fill());
    const head = make("div", { class: "pg-head" }, make(level, { class: "pg-title" }, title), this.key);
    this.readout = make("p", { class: "pg-readout", "aria-hidden": "true" });
    this.box = make(
      "section",
      { class: "pg-panel", "data-panel": id },
      head,
      make("div", { class: "pg-plot" }, this.chart.box, this.readout),
      this.sentence,
      this.fold,
    );
    this.chart.box.addEventListener("pointermove", (event) => this.#read(event.offsetX));
    this.chart.box.addEventListener("pointerleave", () => this.readout.replaceChildren());
    new ResizeObserver(([entry]) => this.chart.resize(Math.floor(entry.contentRect.width))).observe(this.chart.box);
  }

  keyed(entries) {
    const text = entries.map(({ name }) => name).join("|");
    if (text === this.keyText) return;
    this.keyText = text;
    this.key.replaceChildren(...entries.map(({ kind, hue, name }) => make("li", {}, swatch(kind, hue), name)));
  }

  /* `columns`: {name: array} over `rows`, for the table and for what is under the pointer. */
  draw(series, options, sentence, rows, columns) {
    Object.assign(this, { rows, columns });
    this.chart.draw(series, options);
    this.sentence.textContent = sentence;
    this.readout.replaceChildren();
    if (!options.steady) this.#fill();
  }

  #read(x) {
    if (!this.rows) return;
    const at = this.chart.nearest(x);
    const off = this.rows.values.map((value) => Math.abs(value - at));
    const i = off.indexOf(Math.min(...off));
    const found = Object.entries(this.columns).filter(([, values]) => values[i] !== undefined);
    if (found.length)
      this.readout.textContent = `${this.rows.name} ${this.rows.values[i]}: ${found.map(([name, values]) => `${name} ${number(values[i], 3)}`).join(", ")}`;
  }

  #fill() {
    if (!this.fold.open || !this.rows) return;
    const head = [this.rows.name, ...Object.keys(this.columns)].map((text) => make("th", { scope: "col" }, text));
    const body = this.rows.values.map((value, i) => {
      const cells = Object.values(this.columns).map((values) =>
        make("td", {}, values[i] === undefined ? "–" : number(values[i], 3)),
      );
      return make("tr", {}, make("th", { scope: "row" }, String(value)), ...cells);
    });
    this.table.replaceChildren(
      make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...body)),
    );
  }
}

export const upTo = (n) => Array.from({ length: n }, (_, i) => i + 1);

function drawLayers(panel, spec, answer, pinned, steady) {
  const series = [];
  const key = [];
  const columns = {};
  const reasons = [];
  const last = answer.layers.length; // the output layer stands behind the hidden ones
  for (const { of, name, hue, mark, theory } of spec.keys) {
    const band = answer[of];
    const x = upTo(band.median.length);
    if (pinned?.[of]) {
      const y = pinned[of].median;
      series.push({ x: upTo(y.length), y, hue, fine: true });
    }
    series.push({ x, y: band.median, low: band.low, high: band.high, hue, mark });
    key.push({ kind: mark, hue, name });
    Object.assign(columns, { [name]: band.median, [`${name}, 5 %`]: band.low, [`${name}, 95 %`]: band.high });
    if (theory && answer.theory[theory].values) {
      const y = answer.theory[theory].values;
      series.push({ x: upTo(y.length), y, theory: true });
      key.push({ kind: "theory", name: "theory" });
      columns["theory"] = y;
    } else if (theory && answer.theory[theory].reason) reasons.push(`No prediction: ${answer.theory[theory].reason}`);
  }
  if (pinned) key.push({ kind: "fine", hue: spec.keys[0].hue, name: "pinned" });
  panel.keyed(key);
  const longest = Math.max(last, pinned?.layers.length ?? 0);
  const end = longest === last ? "out" : null;
  const sentence = [answer.summary[spec.id], ...reasons].join(" ");
  const text = `Line chart by layer: ${spec.title}. ${sentence}`;
  if (spec.id === "correlation") {
    const least = Math.min(...series.flatMap((one) => one.low ?? one.y).filter(Number.isFinite), 0);
    panel.chart.axis = [least < -0.25 ? -1 : least < 0 ? -0.25 : 0, 1];
  }
  panel.draw(
    series,
    { x: { first: 1, last: longest, end, label: "layer" }, steady, text },
    sentence,
    { name: "layer", values: answer.layers },
    columns,
  );
}

function drawSpectrum(panel, answer) {
  const { spectrum } = answer;
  panel.box.dataset.stale = String(spectrum === null);
  if (spectrum === null) {
    panel.sentence.textContent = answer.summary.spectrum;
    return; // what was drawn before stays, paler, until the settings rest
  }
  const y = spectrum.log10 ?? [];
  const x = upTo(y.length);
  const shown = y.map((v) => (v === null ? -Infinity : v));
  for (const part of [panel.chart.box, panel.key, panel.fold]) part.hidden = !y.length; // the sentence says why
  const zero = shown.filter((v) => v === -Infinity).length;
  const sentence =
    answer.summary.spectrum + (zero && zero < y.length ? ` ${zero} of ${y.length} are exactly 0 or too small.` : "");
  panel.keyed([{ kind: "circle", hue: "backward", name: "singular value" }]);
  panel.draw(
    [{ x, y: shown, hue: "backward", mark: "circle", points: true }],
    {
      x: { first: 1, last: Math.max(2, y.length), label: "rank, largest first" },
      text: `Singular values of the Jacobian, largest first. ${sentence}`,
    },
    sentence,
    { name: "rank", values: x },
    { "log10 of the singular value": y },
  );
}

export class Panels {
  constructor() {
    this.made = PANELS.map((spec) => [new Panel(spec), spec]);
    this.spectrum = new Panel({ id: "spectrum", title: "Singular values", axis: "logged", unit: "rank" });
    this.box = make("div", { class: "pg-panels" }, ...this.made.map(([panel]) => panel.box), this.spectrum.box);
  }

  draw(answer, pinned) {
    const steady = answer.size === "small";
    for (const [panel, spec] of this.made) drawLayers(panel, spec, answer, pinned, steady);
    drawSpectrum(this.spectrum, answer);
  }
}
