/* One chart as SVG: curves with bands over a logarithmic or linear axis. What is zero or not finite has no place on a
   logarithmic axis: it is marked at the edge, and said in words. */
import { make } from "../dom.js";
import { escaped, runs } from "./playground-base.js";

const [LEFT, RIGHT, TOP, BOTTOM, HEIGHT] = [46, 16, 10, 36, 210];
const UP = { "-": "⁻" };
[..."⁰¹²³⁴⁵⁶⁷⁸⁹"].forEach((digit, i) => (UP[i] = digit));
const power = (n) => "10" + String(n).replace(/./g, (sign) => UP[sign]);
const round = (value) => value.toFixed(1);

/* At most `count` whole steps from low to high, at 1, 2, 5, 10, ... */
function steps(low, high, count) {
  const rough = (high - low) / count;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * size).find((n) => n >= rough - 1e-12);
  const made = [];
  for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + step * 1e-6; at += step)
    made.push(Number(at.toPrecision(10)));
  return made;
}

const MARKS = {
  circle: (x, y) => `M${round(x - 3)} ${round(y)}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0`,
  square: (x, y) => `M${round(x - 2.7)} ${round(y - 2.7)}h5.4v5.4h-5.4z`,
  zero: (x, y) => `M${round(x - 4)} ${round(y - 7)}h8l-4 7z`,
  infinite: (x, y) => `M${round(x - 3.5)} ${round(y)}l7 7m0 -7l-7 7`,
};

export class Chart {
  /* axis: "log", "logged" (the values are log10 already), or [low, high]; medians: the bands do not stretch it. */
  constructor({ axis, percent = false, unit = "layer", medians = false }) {
    Object.assign(this, { axis, percent, unit, medians, width: 320, domain: null });
    this.log = axis === "log" || axis === "logged";
    this.box = make("div", { class: "pg-chart", role: "img" });
  }

  /* The series: {x, y, low, high, hue, mark, dash, fine (a thin line without marks)}. `steady`: the axis only grows. */
  draw(series, { x, steady = false, text = "", line = null }) {
    Object.assign(this, { last: [series, { x, steady, text, line }], x });
    this.box.setAttribute("aria-label", text);
    const plain = series.map((one) => ({ ...one, v: one.y.map((v) => this.#value(v)) }));
    this.#fit(plain, steady);
    const parts = [this.#axes()];
    for (const one of plain) parts.push(this.#band(one));
    for (const one of plain) parts.push(this.#curve(one));
    parts.push(this.#edges(plain.filter((one) => !one.fine && !one.theory)));
    if (line) parts.push(this.#level(line));
    this.box.innerHTML = `<svg viewBox="0 0 ${this.width} ${HEIGHT}" width="${this.width}" height="${HEIGHT}" aria-hidden="true">${parts.join("")}</svg>`;
  }

  resize(width) {
    if (!width || Math.abs(width - this.width) < 1) return;
    this.width = width;
    if (this.last) this.draw(...this.last);
  }

  // --- from numbers to places --------------------------------------------------------------------------------------
  #value(v) {
    if (this.axis === "logged" && v === -Infinity) return v;
    if (v === null || v === undefined || !Number.isFinite(v)) return NaN;
    if (this.axis !== "log") return v;
    return v > 0 ? Math.log10(v) : -Infinity;
  }

  #fit(series, steady) {
    let [low, high] = this.log ? [Infinity, -Infinity] : this.axis;
    const take = (one, floor = -Infinity) => {
      const ends = this.medians ? [] : [...(one.low ?? []), ...(one.high ?? [])].map((v) => this.#value(v));
      for (const v of [...one.v, ...ends]) {
        if (Number.isFinite(v) && v >= floor) [low, high] = [Math.min(low, v), Math.max(high, v)];
      }
    };
    if (this.log) {
      for (const one of series) if (!one.theory) take(one);
      const floor = low; // a prediction may go on where the measurement has ended, but not stretch the axis for it
      for (const one of series) if (one.theory) take(one, Number.isFinite(floor) ? floor - 3 : -Infinity);
      if (low > high) [low, high] = [-1, 0];
      [low, high] = [Math.floor(low + 1e-9), Math.ceil(high - 1e-9)];
      if (high - low < 1) [low, high] = low < 0 ? [low, low + 1] : [low - 1, low + 1];
    } else {
      for (const one of series) take(one);
    }
    if (steady && this.domain) [low, high] = [Math.min(low, this.domain[0]), Math.max(high, this.domain[1])];
    this.domain = [low, high];
  }

  px(x) {
    const { first, last } = this.x;
    return LEFT + ((this.width - LEFT - RIGHT) * (last > first ? x - first : 0.5)) / (last > first ? last - first : 1);
  }

  py(v) {
    const [low, high] = this.domain;
    const room = HEIGHT - TOP - BOTTOM;
    return TOP + room * Math.min(1, Math.max(0, (high - v) / (high - low)));
  }

  /* The x that is nearest to a place in the chart. */
  nearest(px) {
    const { first, last } = this.x;
    return Math.round(
      Math.min(last, Math.max(first, first + ((px - LEFT) / (this.width - LEFT - RIGHT)) * (last - first))),
    );
  }

  // --- what is drawn ---------------------------------------------------------------------------------------------------
  #axes() {
    const [low, high] = this.domain;
    const right = this.width - RIGHT;
    const made = [];
    const ticks = this.log ? steps(low, high, 5).filter(Number.isInteger) : steps(low, high, 5);
    for (const tick of ticks) {
      const y = round(this.py(tick));
      const text = this.log
        ? power(tick)
        : this.percent
          ? `${Math.round(tick * 100)} %`
          : String(tick).replace("-", "−");
      made.push(
        `<path class="pg-grid" d="M${LEFT} ${y}H${right}"/><text class="pg-y" x="${LEFT - 6}" y="${Number(y) + 4}">${text}</text>`,
      );
    }
    const { first, last, label, end } = this.x;
    const inner = end ? last - 1 : last;
    const room = Math.max(2, Math.floor(this.width / 60));
    let xs =
      last - first < 1
        ? [first]
        : [first, ...steps(first, inner, room).filter((n) => Number.isInteger(n) && n > first && n < inner)];
    const gap = (inner - first) / room / 1.6;
    xs = xs.filter((n) => n === first || (n - first > gap && inner - n > gap)).concat(inner > first ? [inner] : []);
    for (const tick of xs) {
      if (end && this.px(last) - this.px(tick) < 24 && tick !== first) continue; // "out" stands there
      made.push(`<text class="pg-x" x="${round(this.px(tick))}" y="${HEIGHT - BOTTOM + 15}">${tick}</text>`);
    }
    if (end) made.push(`<text class="pg-x" x="${round(this.px(last))}" y="${HEIGHT - BOTTOM + 15}">${end}</text>`);
    made.push(`<path class="pg-axis" d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${right}"/>`);
    made.push(`<text class="pg-x" x="${round((LEFT + right) / 2)}" y="${HEIGHT - 5}">${escaped(label)}</text>`);
    return made.join("");
  }

  #level({ value, name }) {
    const y = this.py(this.#value(value));
    return `<path class="pg-level" d="M${LEFT} ${round(y)}H${this.width - RIGHT}"/><text class="pg-name" x="${this.width - RIGHT}" y="${round(y - 4)}">${escaped(name)}</text>`;
  }

  /* Runs of points that can be drawn. */
  #runs({ x, v }) {
    const made = [[]];
    v.forEach((value, i) =>
      Number.isFinite(value) ? made.at(-1).push([this.px(x[i]), this.py(value), i]) : made.push([]),
    );
    return made.filter((run) => run.length);
  }

  #band(one) {
    if (!one.low) return "";
    // an end of the band that is zero lies at the lower edge; one that is not finite, at the upper
    const end = (value, edge) => this.py(Number.isNaN(this.#value(value)) ? edge : this.#value(value));
    const outlines = this.#runs(one).map((run) => {
      const upper = run.map(([x, , i]) => `${round(x)} ${round(end(one.high[i], this.domain[1]))}`);
      const lower = run.map(([x, , i]) => `${round(x)} ${round(end(one.low[i], this.domain[0]))}`);
      if (run.length === 1) return `M${upper[0]}L${lower[0]}`;
      return `M${[...upper, ...lower.reverse()].join("L")}Z`;
    });
    return `<path class="pg-band" d="${outlines.join("")}" style="--hue: var(--vgp-${one.hue})"/>`;
  }

  #curve(one) {
    const found = this.#runs(one);
    const kind = one.theory ? "pg-theory" : one.fine ? "pg-fine" : "pg-curve";
    const hue = `style="--hue: var(--vgp-${one.hue ?? "ink"})"`;
    const lines = one.points
      ? ""
      : found.map((run) => "M" + run.map(([x, y]) => `${round(x)} ${round(y)}`).join("L")).join("");
    const every = Math.max(1, Math.ceil(one.v.length / 14));
    const last = one.v.length - 1;
    const mark = !one.mark
      ? []
      : found.flat().filter(([, , i]) => one.points || found.length > 3 || i % every === 0 || i === last);
    const marks = mark.map(([x, y]) => MARKS[one.mark](x, y)).join("");
    return (
      `<path class="${kind}" d="${lines}" ${hue}/>` +
      (marks && `<path class="${one.mark === "square" ? "pg-open" : "pg-mark"}" d="${marks}" ${hue}/>`)
    );
  }

  /* Zeros at the lower edge and what is not finite at the upper one, with words. */
  #edges(series) {
    const made = [];
    const say = (what, y, test, mark) => {
      const found = series.filter((one) => one.v.some(test));
      if (!found.length) return;
      for (const one of found) {
        const every = Math.max(1, Math.ceil(one.v.length / 30));
        const at = one.x.filter((_, i) => test(one.v[i])).filter((_, i) => i % every === 0);
        made.push(
          `<path class="${mark === "zero" ? "pg-mark" : "pg-cross"}" style="--hue: var(--vgp-${one.hue})" d="${at.map((x) => MARKS[mark](this.px(x), y)).join("")}"/>`,
        );
      }
      const first = found[0].x.filter((_, i) => test(found[0].v[i]));
      const text = `${what} in ${this.unit} ${runs(first)}`;
      made.push(
        `<text class="pg-edge" x="${LEFT + 8}" y="${round(mark === "zero" ? y - 11 : y + 20)}">${escaped(text)}</text>`,
      );
    };
    say("exactly 0", HEIGHT - BOTTOM, (v) => v === -Infinity, "zero");
    say("not finite", TOP, Number.isNaN, "infinite");
    return made.join("");
  }
}
