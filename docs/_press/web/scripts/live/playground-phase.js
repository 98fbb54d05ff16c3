/* The map: the point (sigma_w, sigma_b) beside the line chi = 1; it is dragged, or moved by the arrow keys. */
import { make, set } from "../dom.js";
import { escaped, number } from "./playground-base.js";
import { FREE } from "./playground-controls.js";

const [LEFT, RIGHT, TOP, BOTTOM, HEIGHT] = [46, 14, 8, 36, 218];
const HIGH = 2; // of sigma_b
const NAMES = { ordered: "ordered", chaotic: "chaotic", critical: "on the line" };

/* The line up to the map's upper edge. */
function cut(line) {
  const end = line.findIndex(([b]) => b > HIGH);
  if (end < 1) return line;
  const [[b0, w0], [b1, w1]] = [line[end - 1], line[end]];
  return [...line.slice(0, end), [HIGH, w0 + ((w1 - w0) * (HIGH - b0)) / (b1 - b0)]];
}

export class Phase {
  constructor(settings, diagrams) {
    Object.assign(this, { settings, diagrams, width: 320, ready: false });
    this.ground = make("div", { class: "pg-ground" });
    this.handle = make("button", { type: "button", class: "pg-point", role: "slider" });
    this.plot = make("div", { class: "pg-map" }, this.ground, this.handle);
    this.sentence = make("p", { class: "pg-sentence" });
    const hint = make("p", { class: "pg-hint" }, "Drag the point, or use the arrow keys.");
    const head = make("div", { class: "pg-head" }, make("h3", { class: "pg-title" }, "Order and chaos"));
    this.box = make(
      "section",
      { class: "pg-panel pg-phase", "data-panel": "phase" },
      head,
      this.plot,
      hint,
      this.sentence,
    );
    this.ground.setAttribute("role", "img");
    this.#listen();
    new ResizeObserver(([entry]) => {
      this.width = Math.floor(entry.contentRect.width) || this.width;
      this.ground.dataset.of = "";
      if (this.point) this.show(this.settings.value, this.point);
    }).observe(this.plot);
  }

  get far() {
    return this.diagrams[this.settings.value.activation].sigma_w.at(-1);
  }

  px(sigma) {
    return LEFT + ((this.width - LEFT - RIGHT) * sigma) / this.far;
  }

  py(sigma) {
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - sigma / HIGH);
  }

  // --- moving the point --------------------------------------------------------------------------------------------------
  move(sigma_w, sigma_b, how, event) {
    const { keys, value } = this.settings;
    const held = (x, { low, high }) => Number(Math.min(high, Math.max(low, x)).toFixed(3));
    const changes = { sigma_w: held(sigma_w, keys.sigma_w), sigma_b: held(sigma_b, keys.sigma_b) };
    if (!FREE.includes(value.init)) changes.init = "normal";
    this.settings.set(changes, how, event.timeStamp);
  }

  #listen() {
    const place = (event, how) => {
      const box = this.plot.getBoundingClientRect();
      const x = ((event.clientX - box.left - LEFT) / (this.width - LEFT - RIGHT)) * this.far;
      const y = (1 - (event.clientY - box.top - TOP) / (HEIGHT - TOP - BOTTOM)) * HIGH;
      this.move(Math.min(x, this.far), Math.min(y, HIGH), how, event);
    };
    this.plot.addEventListener("pointerdown", (event) => {
      // a finger beside the point scrolls the page, and only a tap moves the point (click, below)
      if (!this.ready || event.button || (event.pointerType === "touch" && event.target !== this.handle)) return;
      this.handle.focus({ preventScroll: true });
      this.plot.setPointerCapture(event.pointerId);
      this.dragged = true;
      place(event, "input");
      event.preventDefault();
    });
    this.plot.addEventListener("pointermove", (event) => this.dragged && place(event, "input"));
    for (const end of ["pointerup", "pointercancel"]) {
      this.plot.addEventListener(end, () => {
        if (!this.dragged) return;
        this.dragged = false;
        this.settings.set({}, "change");
      });
    }
    this.ground.addEventListener(
      "click",
      (event) => this.ready && event.pointerType !== "mouse" && place(event, "change"),
    );
    this.handle.addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step || !this.ready || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const size = event.shiftKey ? 0.1 : 0.01;
    const { sigma_w } = this.point;
    this.move(sigma_w + step[0] * size * (this.far / 4), this.settings.value.sigma_b + step[1] * size, "input", event);
    this.settings.set({}, "change");
  }

  enable(yes) {
    this.ready = yes;
    set(this.handle, { "aria-disabled": !yes && "true" });
  }

  // --- what is drawn ---------------------------------------------------------------------------------------------------
  /* `point`: what the last answer said of it; the place follows the settings at once. */
  show(state, point) {
    this.point = { ...point };
    if (FREE.includes(state.init)) this.point.sigma_w = state.sigma_w;
    const of = `${state.activation} ${this.width}`;
    if (this.ground.dataset.of !== of) {
      this.ground.dataset.of = of;
      this.#draw(this.diagrams[state.activation], state.activation);
    }
    const { sigma_w } = this.point;
    const beyond = sigma_w > this.far || state.sigma_b > HIGH;
    Object.assign(this.handle.style, {
      left: `${this.px(Math.min(sigma_w, this.far))}px`,
      top: `${this.py(Math.min(state.sigma_b, HIGH))}px`,
    });
    const where = NAMES[point.phase] ?? "no phase known";
    const text = `sigma_w ${number(sigma_w, 3)}, sigma_b ${number(state.sigma_b, 3)}: ${where}`;
    set(this.handle, {
      "aria-label": "Point on the map: sigma_w to the left and right, sigma_b up and down",
      "aria-valuemin": 0,
      "aria-valuemax": 15,
      "aria-valuenow": number(sigma_w, 3),
      "aria-valuetext": text,
      "data-beyond": beyond && "true",
      "data-phase": point.phase,
    });
  }

  say(sentence) {
    const { reason } = this.diagrams[this.settings.value.activation]; // of the line
    const words = [sentence, this.handle.dataset.beyond && "The point lies outside the map.", reason];
    this.sentence.textContent = words.filter(Boolean).join(" ");
  }

  #draw(diagram, name) {
    const [right, bottom] = [this.width - RIGHT, HEIGHT - BOTTOM];
    const line = cut(diagram.critical).map(([b, w]) => [this.px(Math.min(w, this.far)), this.py(b)]);
    const made = [];
    const area = (kind, points) =>
      made.push(`<path class="${kind}" d="M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}Z"/>`);
    const edge = (x) => [TOP, bottom].map((y) => [x, y]);
    const corners = { left: edge(LEFT), right: edge(right) };
    if (line.length > 1) {
      area("pg-ordered", [...corners.left, ...line]);
      area("pg-chaotic", [...corners.right, ...line]);
    } else {
      const chi = diagram.chi.flat().filter(Number.isFinite);
      area(chi.filter((v) => v < 1).length > chi.length / 2 ? "pg-ordered" : "pg-chaotic", [
        ...corners.left,
        ...corners.right.reverse(),
      ]);
    }
    const text = (kind, x, y, words) => `<text class="${kind}" x="${x.toFixed(1)}" y="${y}">${escaped(words)}</text>`;
    for (let b = 0; b <= HIGH; b += 0.5) {
      made.push(
        `<path class="pg-grid" d="M${LEFT} ${this.py(b)}H${right}"/>`,
        text("pg-y", LEFT - 6, this.py(b) + 4, String(b)),
      );
    }
    const step = this.far > 8 ? 3 : 1;
    for (let w = 0; w <= this.far; w += step) made.push(text("pg-x", this.px(w), bottom + 15, String(w)));
    made.push(`<path class="pg-axis" d="M${LEFT} ${TOP}V${bottom}H${right}"/>`);
    made.push(
      `<text class="pg-x" x="${(LEFT + right) / 2}" y="${HEIGHT - 5}">σ<tspan class="pg-sub" dy="3">w</tspan><tspan dy="-3">, of the weights</tspan></text>`,
    );
    made.push(
      `<text class="pg-x" transform="translate(11 ${(TOP + bottom) / 2}) rotate(-90)">σ<tspan class="pg-sub" dy="3">b</tspan><tspan dy="-3">, of the biases</tspan></text>`,
    );
    if (line.length > 1) {
      made.push(
        `<path class="pg-critical" d="M${line.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}"/>`,
      );
      const middle = line.find(([, y]) => y < TOP + 40) ?? line[0];
      const [low, high] = [(LEFT + middle[0]) / 2, (right + middle[0]) / 2];
      const where = TOP + 20;
      if (middle[0] - LEFT > 64)
        made.push(text("pg-zone", low, where, "ordered"), text("pg-zone2", low, where + 15, "vanish"));
      if (right - middle[0] > 64)
        made.push(text("pg-zone", high, where, "chaotic"), text("pg-zone2", high, where + 15, "explode"));
    }
    const at = diagram.critical.length
      ? ` from sigma_w ${number(diagram.critical[0][1], 3)} at sigma_b 0 to ${number(diagram.critical.at(-1)[1], 3)} at sigma_b 3`
      : "";
    const label = `Map of ${name}: to the left of the line chi = 1 gradients vanish, to its right they explode. The line runs${at}.`;
    this.ground.setAttribute("aria-label", at ? label : `Map of ${name}: there is no line chi = 1 here.`);
    this.ground.innerHTML = `<svg viewBox="0 0 ${this.width} ${HEIGHT}" width="${this.width}" height="${HEIGHT}" aria-hidden="true">${made.join("")}</svg>`;
  }
}
