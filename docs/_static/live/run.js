/* Running: one cell after the other in one worker, each after the cells above that it needs. */
"use strict";
(() => {
  const live = window.vgpLive;
  const { make, button, cells } = live;
  const runtime = new live.Runtime(live.root, onProgress);
  let now = null; // {cell, text} of what is under way
  let turn = 0; // goes up with each Stop: what was asked before it does not run any more
  let tail = Promise.resolve(); // the last of the runs that wait
  let clock;

  // --- what one sees ----------------------------------------------------------------------------------------------------
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  const bar = make("progress", { "aria-label": "Loading" });
  const pill = make("div", { class: "vgp-live-pill", hidden: true });
  const pillText = make("span");
  pill.append(pillText, button("stop", "Stop", "Stop what runs; all variables are lost", "stop"));
  document.querySelector("main").append(pill);

  const find = (cell, action) => cell.bar.querySelector(`[data-live-do="${action}"]`);

  /* A button comes when there is something for it to do, and hands its focus on when it goes. */
  function offer(cell, action, wanted, make_, before) {
    const there = find(cell, action);
    if (wanted && !there) before.before(make_());
    if (wanted || !there) return;
    if (there === document.activeElement) cell.bar.querySelector("button").focus();
    there.remove();
  }

  live.buttons = (cell) => {
    const busy = cell.busy;
    const edited = live.isEdited(cell);
    for (const action of ["run", "check"]) find(cell, action)?.setAttribute("aria-disabled", String(Boolean(busy)));
    find(cell, "edit").textContent = cell.area ? "Close" : "Edit";
    const stop = () => button("stop", "Stop", "Stop the cell; all variables are lost", "stop");
    const reset = () => button("reset", "Reset", "Bring back the book's code and its output");
    const download = () => button("download", "Download", "Save this cell as a Python file");
    offer(cell, "stop", busy, stop, find(cell, "edit"));
    offer(cell, "reset", (edited || cell.slot) && !busy, reset, cell.state);
    offer(cell, "download", edited, download, cell.state);
    if (!cell.bar.dataset.state && edited) {
      cell.state.textContent = cell.unkept ? "edited; this browser cannot keep it" : "edited";
    } else if (!cell.bar.dataset.state) cell.state.textContent = "";
  };

  function state(cell, name, ...text) {
    cell.busy = ["waiting", "loading", "running"].includes(name);
    cell.bar.dataset.state = name;
    cell.state.replaceChildren(...text);
    live.buttons(cell);
  }

  /* One second after the other: how long it runs. */
  function follow(target, cell, text) {
    const began = performance.now();
    const tell = () => {
      const seconds = Math.round((performance.now() - began) / 1000);
      if (now.loading) return;
      now.text = seconds ? `${text}, ${seconds} s` : text;
      pillText.textContent = cell === target ? `Cell ${cell.number}: ${now.text}` : now.text;
      target.state.textContent = now.text;
    };
    clearInterval(clock);
    clock = setInterval(tell, 1000);
    now = { target, cell };
    tell();
  }

  function onProgress({ type, part, loaded, total, state: name }) {
    if (!now) return;
    if (type === "progress") {
      if (!now.loading) live.say(`Loading ${part}, ${megabytes(total)} megabytes`);
      now.loading = true;
      bar.max = total;
      bar.value = loaded;
      const text = `Loading ${part}: ${megabytes(loaded)} of ${megabytes(total)} MB`;
      now.target.bar.dataset.state = "loading";
      now.target.state.replaceChildren(bar, " ", text);
      pillText.textContent = text;
    } else if (name === "running" && now.loading) {
      now.loading = false;
      live.loaded();
      state(now.target, "running");
      follow(now.target, now.cell, now.cell === now.target ? "running" : runsFirst(now.cell));
    }
  }

  const runsFirst = (cell) => `runs cell ${cell.number} first`;

  // --- running ----------------------------------------------------------------------------------------------------------
  const fresh = (cell) => cell.ran === cell.code;
  /* Answers, checks and solutions of other exercises are needed by nothing else, unless the reader wrote into them. */
  const optional = (cell, target) =>
    cell.check || ((cell.answer || (cell.solution && cell.solution !== target.solution)) && !live.isEdited(cell));

  const needed = (target, tried) =>
    cells.find((cell) => cell.number < target.number && !fresh(cell) && !tried.has(cell) && !optional(cell, target));

  /* Run one cell and show what it gives; true if it has ended well. */
  async function execute(cell, target) {
    const output = new live.Output(cell);
    const { code, ran } = cell;
    live.mark(cell, null);
    cell.ran = null;
    if (ran !== null && ran !== code) forget(cells.filter((other) => other.number > cell.number), "a cell above has changed"); // prettier-ignore
    if (cell !== target) state(cell, "running", "running");
    state(target, "running");
    follow(target, cell, cell === target ? "running" : runsFirst(cell));
    try {
      const request = { type: "run", code, name: cell.name, scope: "page" };
      const { outputs, seconds } = await runtime.ask(request, (name, text) => output.write(name, text));
      cell.ran = code;
      output.finish(outputs ?? []);
      state(cell, "done", `done in ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`);
      return true;
    } catch (failure) {
      if (!(failure instanceof live.Failure)) throw failure;
      if (failure.kind === "stopped") output.stop();
      else if (failure.kind !== "load") failed(cell, output, failure.error);
      if (failure.kind === "stopped" || failure.kind === "load") {
        if (cell !== target) state(cell, "", "");
        throw failure;
      }
      cell.claim = failure.error.name === "AssertionError";
      return false;
    }
  }

  function failed(cell, output, error) {
    output.fail(error);
    const places = new Map(); // the last line of each cell on the way to the error
    for (const { name, line } of error.traceback ?? []) places.set(name, line);
    for (const other of cells) if (places.has(other.name)) live.mark(other, places.get(other.name));
    if (error.line && !places.has(cell.name)) live.mark(cell, error.line);
    state(cell, "failed", `failed: ${error.name}${error.line ? ` in line ${error.line}` : ""}`);
  }

  function forget(some, why) {
    for (const cell of some) {
      const had = cell.ran !== null;
      cell.ran = null;
      if (had && !cell.busy) state(cell, "old", `not run: ${why}`);
    }
  }

  /* The cell with what it needs; a claim of the book that fails after an edit keeps nothing below from running. */
  async function withNeeds(target) {
    const tried = new Set();
    for (let cell; (cell = needed(target, tried)); ) {
      tried.add(cell);
      if (!(await execute(cell, target)) && !cell.claim && !cell.answer) {
        const link = make("a", { href: "#" + cell.box.id }, `cell ${cell.number}`);
        state(target, "failed", "not run: ", link, ", which it needs, has failed");
        live.say(`Cell ${target.number} was not run: cell ${cell.number}, which it needs, has failed`);
        return false;
      }
    }
    const well = await execute(target, target);
    live.say(`Cell ${target.number}: ${target.state.textContent}`);
    return well;
  }

  /* Take turns; `job` gets a cell that is busy until it ends. */
  function queue(cell, job) {
    if (cell.busy) return tail;
    const mine = turn;
    state(cell, "waiting", "waits");
    tail = tail.then(async () => {
      if (mine !== turn) return;
      pill.hidden = false;
      try {
        await job(cell);
      } catch (failure) {
        if (!(failure instanceof live.Failure)) throw failure;
        if (failure.kind === "load") {
          const text = `Python could not be loaded: ${failure.message}. The outputs of the book stay.`;
          state(cell, "failed", text);
          live.say(text);
          stopAll("");
        }
      } finally {
        clearInterval(clock);
        now = null;
        pill.hidden = true;
        live.buttons(cell);
      }
    });
    return tail;
  }

  function stopAll(why) {
    turn++;
    if (now && why) state(now.target, "stopped", "stopped");
    if (runtime.alive) runtime.stop();
    for (const cell of cells) if (cell.busy) state(cell, "", "");
    forget(cells, why || "Python is not loaded");
  }

  live.actions.run = (cell) => queue(cell, withNeeds);

  live.actions.stop = () => {
    stopAll("Python was stopped");
    live.say("Stopped. The next run starts again.");
  };

  live.actions.reset = (cell) => {
    live.setCode(cell, cell.source);
    live.restoreOutput(cell);
    cell.verdict?.remove();
    cell.verdict = null;
    const old = cell.ran !== null && cell.ran !== cell.code;
    state(cell, "", old ? "the book's code; not run" : "");
    live.say(`Cell ${cell.number}: the book's code and output`);
  };

  live.actions.restart = async () => {
    if (now) stopAll("Python was restarted");
    else if (runtime.alive) await runtime.ask({ type: "reset" });
    forget(cells, "Python was restarted");
    live.say("All variables are forgotten.");
  };

  live.actions.all = async () => {
    await live.actions.restart();
    const mine = turn;
    for (const cell of cells.filter((one) => !one.check && (!one.answer || live.isEdited(one)))) {
      let well = true;
      await queue(cell, async () => (well = (await execute(cell, cell)) || cell.claim));
      if (mine !== turn || !well) return live.say(`Stopped at cell ${cell.number}: ${cell.state.textContent}`);
    }
    live.say("All cells have run.");
  };

  // --- answers ----------------------------------------------------------------------------------------------------------
  function verdict(cell, kind, head, text) {
    cell.verdict?.remove();
    cell.verdict = make("p", { class: "vgp-live-verdict", "data-verdict": kind }, make("strong", {}, head), text);
    cell.bar.after(cell.verdict);
    live.say(head + text);
  }

  live.actions.check = (cell) =>
    queue(cell, async () => {
      const check = cells.find((other) => other.check === cell.answer);
      cell.verdict?.remove();
      if (!(await withNeeds(cell))) return;
      state(cell, "running", "checking");
      try {
        await runtime.ask({ type: "run", code: check.source, name: "the check", scope: "copy" });
        verdict(cell, "right", "Right.", "");
      } catch (failure) {
        if (failure.kind !== "error") throw failure;
        const { name, message } = failure.error;
        if (name === "AssertionError") verdict(cell, "wrong", "Not yet: ", message);
        else {
          verdict(cell, "wrong", "Not yet: ", "the check could not use your answer.");
          failed(cell, new live.Output(cell), failure.error);
          return;
        }
      }
      state(cell, "done", "checked");
    });
})();
