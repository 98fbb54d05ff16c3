/* The page of the playground: its parts put together, and what it says. */
import { make, set } from "../dom.js";
import { button, root, size, stored, number } from "./playground-base.js";
import { Controls } from "./playground-controls.js";
import { Panels } from "./playground-panels.js";
import { Phase } from "./playground-phase.js";
import { Engine } from "./playground-run.js";
import { Share } from "./playground-share.js";
import { follow, Settings } from "./playground-state.js";
import { Training } from "./playground-training.js";
import { message, said, say, spoken } from "./playground-words.js";

const MB = (bytes) => (bytes / 1e6).toFixed(1);

function drawVerdict(box, verdict) {
  box.dataset.stale = String(verdict === null);
  if (verdict === null) return;
  const found = verdict.findings.map((one) =>
    make(
      "li",
      {},
      make("strong", {}, `${one.disease}, layer ${one.layers}. `),
      `${one.evidence}. ${one.why} `.replaceAll("..", "."),
      make("em", {}, "What helps: "),
      one.remedies.join("; ") + ".",
    ),
  );
  box.replaceChildren(
    make("h3", { class: "pg-title" }, "Verdict of diagnose"),
    make("p", { class: "pg-finding", "data-healthy": String(verdict.healthy) }, verdict.sentence),
    make("ul", {}, ...found),
  );
}

// --- before and while Python is loaded -------------------------------------------------------------------------------
class Starter {
  constructor(engine) {
    this.button = button(size ? `Start (loads ${size})` : "Start", () => engine.start(), {
      class: "pg-button pg-main",
      "data-do": "start",
    });
    this.text = make("span", { class: "pg-status" });
    this.bar = make("progress", { "aria-label": "Loading Python", hidden: true });
    this.box = make("div", { class: "pg-actions pg-start" }, this.button, this.bar, this.text);
  }

  /* What is shown before the start, if anything. */
  offer(known) {
    if (root.dataset.state !== "idle") return;
    this.text.textContent = known
      ? "These curves were computed when the book was built. Start Python in this page to move the settings."
      : "These settings are not among those of the book: start Python in this page, and they are computed.";
  }

  show(name, detail) {
    root.dataset.state = name;
    this.button.hidden = name === "loading" || name === "ready";
    this.bar.hidden = name !== "loading";
    if (name === "loading") {
      this.text.textContent = "Starting";
      if (detail) this.#progress(detail);
      else say("Loading Python");
    } else if (name === "failed") {
      this.button.textContent = "Try again";
      this.text.textContent = "The curves that were computed before stay.";
      message(`Python could not be started: ${detail}.`, "failed");
    }
  }

  #progress({ part, loaded, total }) {
    [this.bar.max, this.bar.value] = [total, loaded];
    this.text.textContent = loaded < total ? `Loading ${part}: ${MB(loaded)} of ${MB(total)} MB` : `Starting ${part}`;
  }
}

// --- presets ---------------------------------------------------------------------------------------------------------------
function presetPart(settings, data) {
  const links = data.presets.map((preset) => {
    const link = make(
      "a",
      { href: "#preset=" + preset.id, class: "pg-preset", "data-preset": preset.id },
      preset.title,
    );
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      settings.choose(preset.id);
    });
    return link;
  });
  const list = make("ul", { class: "pg-presets" }, ...links.map((link) => make("li", {}, link)));
  const see = make("p", { class: "pg-see" });
  const box = make("nav", { "aria-label": "The book's stories" }, list);
  let story = null; // stays in sight when its settings are changed: it says what to try
  const show = (how) => {
    story = settings.find(settings.preset) ?? (how === "address" ? null : story);
    for (const link of links) {
      const own = link.dataset.preset === story?.id;
      if (own && settings.preset) list.scrollLeft = link.offsetLeft - list.offsetLeft - 16; // on a phone it is one long row
      set(link, { "aria-current": own && (settings.preset ? "true" : "false"), "data-left": own && !settings.preset });
    }
    see.replaceChildren(story ? story.see + " " : "Settings of your own. ");
    if (story) see.append("Chapter ", make("a", { href: story.href }, story.chapter_title || story.chapter), ".");
  };
  // from the curves below up into the playground
  for (const { id } of data.presets) {
    const title = document.querySelector(`#preset-${CSS.escape(id)} > :is(h2, h3)`);
    const link = button(
      "Open it above",
      () => {
        settings.choose(id);
        root.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
        links.find((one) => one.dataset.preset === id).focus({ preventScroll: true });
      },
      { class: "pg-button pg-open-preset" },
    );
    link.setAttribute("aria-label", `Open it above: ${settings.find(id).title}`);
    title?.after(link);
  }
  return { box, see, show };
}

// --- all of it ---------------------------------------------------------------------------------------------------------------
export const open = (data) => {
  const settings = new Settings({ state: data.defaults.state, keys: data.defaults.keys }, data.presets);
  let answer = null; // what is drawn
  const began = { at: null };
  const engine = new Engine({
    state(name, detail) {
      if (name === "loading") began.at ??= performance.now();
      starter.show(name, detail);
      const ready = name === "ready";
      for (const part of [controls, phase, training]) part.enable(ready);
      if (!ready) return;
      message("");
      engine.want(settings.value, began.at, false);
    },
    answer(got) {
      if (said.dataset.kind === "failed") message("");
      controls.mark(null);
      show(got);
      if (got.size === "small")
        starter.text.textContent = `${got.seeds} ${got.seeds > 1 ? "nets" : "net"} and ${got.batch} examples while things move; all of them when they rest.`;
      else {
        say(`${got.summary.backward} ${got.verdict.sentence}`);
        starter.text.textContent =
          got.reduced ??
          `Computed in this page: ${got.seeds} ${got.seeds > 1 ? "nets" : "net"}, ${got.batch} examples, loss ${number(got.loss.median, 3)}.`;
      }
    },
    failed(failure) {
      controls.mark(failure.message);
      message(failure.message, "failed");
    },
    painted() {
      root.dataset.firstPlot ??= String(Math.round(performance.now() - began.at));
    },
  });
  const starter = new Starter(engine);
  const controls = new Controls(settings);
  const panels = new Panels();
  const phase = new Phase(settings, data.phase);
  const training = new Training(settings, engine);
  const presets = presetPart(settings, data);
  const known = () => settings.preset && data.presets.find(({ id }) => id === settings.preset);
  const share = new Share(
    settings,
    engine,
    () => ({ answer, ready: engine.ready, code: known()?.code }),
    () => show(answer),
  );
  const verdict = make("section", { class: "pg-panel pg-verdict", "data-panel": "verdict" });
  panels.box.append(verdict);

  const show = (got) => {
    answer = got ?? answer;
    if (!answer) return;
    panels.box.hidden = false;
    if (engine.ready) panels.box.dataset.stale = "false";
    panels.draw(answer, share.pinned);
    drawVerdict(verdict, answer.verdict);
    phase.show(settings.value, answer.point);
    phase.say(answer.summary.phase);
    controls.show(settings.value, answer.point);
    root.dataset.drawn = JSON.stringify({ size: answer.size, ...answer.state }); // for tests
  };

  settings.listen((state, { how, keys, time }) => {
    controls.show(state, answer?.point);
    phase.show(state, answer?.point ?? { sigma_w: state.sigma_w, phase: null });
    presets.show(how);
    if (how === "change" || how === "preset") message("");
    if (keys.length) training.changed();
    if (engine.ready) {
      if (keys.length) engine.want(state, time, how === "input");
      else engine.settle(state);
      return;
    }
    const preset = known();
    panels.box.dataset.stale = String(!preset);
    panels.box.hidden = !answer; // nothing to show yet
    if (preset) {
      const late = () => engine.ready || known() !== preset;
      stored(preset).then(
        () => late() || show(preset.answer),
        (error) => late() || message(error.message, "failed"),
      );
    }
    starter.offer(Boolean(preset));
  });

  const first = make("div", { class: "pg-side" }, phase.box, controls.form);
  const trainingPart = make(
    "section",
    { class: "pg-training" },
    make("h2", { class: "pg-heading" }, "Train"),
    make("div", { class: "pg-actions" }, controls.training, training.bar),
    training.status,
    training.charts,
  );
  const plots = make("div", { class: "pg-main-part" }, share.bar, panels.box, trainingPart);
  const heading = make("h2", { class: "visually-hidden" }, "Settings and plots");
  root.replaceChildren(
    heading,
    presets.box,
    presets.see,
    starter.box,
    said,
    make("div", { class: "pg-grid-part" }, first, plots),
    spoken,
    root.querySelector("dialog"),
  );
  root.dataset.state = "idle";

  if (location.hash.startsWith("#preset-")) document.getElementById(location.hash.slice(1))?.scrollIntoView(); // it has moved
  const read = follow(settings, (problems) => message(problems.join(" "), "warning"));
  if (!read())
    settings.choose(
      data.presets.some(({ id }) => id === "edge-of-chaos") ? "edge-of-chaos" : data.presets[0].id,
      "address",
    );
};
