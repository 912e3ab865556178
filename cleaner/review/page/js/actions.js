/* What people can do, by button or by key: one table for both, so that they never differ.
 *
 * Keys count only where they are not typed into a field, and the help can turn them off.
 */

// name: [key, in which views, what it does]. The template has a button with data-do="name" for each.
const ACTIONS = {
  next: ["n", ["lines", "documents"], () => move(1)],
  previous: ["p", ["lines", "documents"], () => move(-1)],
  keep: ["k", ["lines", "documents"], () => decideChosen("keep", "site")],
  drop: ["d", ["lines", "documents"], () => decideChosen("drop", "site")],
  everywhere: ["e", ["lines", "documents"], () => decideChosen("keep", "everywhere")],
  here: ["h", ["documents"], () => decideHere()],
  undo: ["u", ["summary", "lines", "documents", "decisions"], () => undo()],
  inside: ["i", ["lines"], () => stepInside()],
  open: ["o", ["lines"], () => openSample()],
  search: ["/", ["summary", "lines", "documents", "decisions"], () => search()],
  save: ["s", ["summary", "lines", "documents", "decisions"], () => saveFile()],
  help: ["?", ["summary", "lines", "documents", "decisions"], () => byId("help").showModal()],
  documentBefore: ["[", ["documents"], () => turnDocument(-1)],
  documentAfter: ["]", ["documents"], () => turnDocument(1)],
};

const VIEWS = ["summary", "lines", "documents", "decisions"];

/** Do an action, if the view has it. */
function act(name) {
  const [, views, run] = ACTIONS[name];
  if (views.includes(review.view)) run();
}

/** Listen to the buttons and to the keys. */
function listen() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) act(button.dataset.do);
  });
  document.addEventListener("keydown", pressed);
  byId("load").addEventListener("click", () => byId("file").click());
  byId("file").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (file) loadFile(file);
    event.target.value = "";
  });
  window.addEventListener("hashchange", () => show(location.hash.slice(1)));
  window.addEventListener("beforeunload", (event) => {
    if (isUnsaved(review.store)) event.preventDefault();
  });
}

/** Take a key. */
function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || byId("help").open) return;
  const { target } = event;
  if (event.key === "Escape") {
    byId("why").hidden = true;
    if (chosenInside() >= 0) leaveBlock(true);
    if (target.matches("#filters input, #document-search")) focusChosen();
    return;
  }
  if (target.matches("input:not([type='range']):not([type='checkbox']), select, textarea")) return;
  const isInList = target.closest("#line-rows, #text-body, #panel .block") !== null;
  if (isInList && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    if (review.view === "lines") move(step);
    else stepStop(step, ".stop");
    return;
  }
  if (target.matches("#text .stop") && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    chooseStop(target, true);
    return;
  }
  if (!byId("keys-on").checked) return;
  const found = Object.entries(ACTIONS).find(([, [key]]) => key === event.key.toLowerCase());
  if (!found) return;
  event.preventDefault();
  act(found[0]);
}

/** Go on to the next line of the list or of the block, or edit of the document, or with -1 back. */
function move(step) {
  if (chosenInside() >= 0) {
    moveInside(step);
  } else if (review.view === "documents") {
    stepStop(step, ".cut");
  } else if (!chooseRow(list.at + step, true)) {
    focusChosen();
    say(step > 0 ? "This is the last line." : "This is the first line.");
  }
}

/** Move the focus to what is chosen in the view. */
function focusChosen() {
  const chosen = review.view === "documents" ? byId("text").querySelector(".stop.chosen") : byId("line-rows").querySelector("[aria-current] button");
  chosen?.focus();
}

/** Go to the search field of the view. */
function search() {
  if (review.view === "documents") {
    byId("document-search").focus();
    return;
  }
  if (review.view !== "lines") go("lines");
  byId("filter-text").focus();
}

/** Decide about the chosen line of the list or inside of a block, or the chosen edit or line of the document. */
function decideChosen(what, scope) {
  if (chosenInside() >= 0) {
    decideInside(what, scope, 1);
    return;
  }
  if (review.view === "lines") {
    const index = chosenGroup();
    if (index === undefined) return;
    decide(review.store, `g${index}`, groupRecord(review.data, index, what, scope));
    afterDecision();
    if (list.rows[list.at] === index && list.at + 1 < list.rows.length) chooseRow(list.at + 1, byId("line-rows").contains(document.activeElement));
    const next = review.data.groups[chosenGroup()];
    sayDecided(review.store.made.get(`g${index}`), next && chosenGroup() !== index ? ` Next: “${shortened(next.line, 40)}”` : "");
    return;
  }
  const { stop } = reading;
  if (!stop) return;
  if (stop.kind === "line") {
    decideLine(stop.row, what);
  } else if (stop.piece.edit[2] < 0) {
    decideHere(what);
  } else {
    const key = `g${stop.piece.edit[2]}`;
    decide(review.store, key, groupRecord(review.data, stop.piece.edit[2], what, scope));
    if (review.store.made.has(placeOf(stop.piece))) decide(review.store, placeOf(stop.piece), null);
    afterDecision();
    sayDecided(review.store.made.get(key), "");
  }
}

function placeOf(piece) {
  return placeKey(reading.number, piece.offset, piece.length);
}

/** Decide about a kept line: it goes from the site, or a decision that it goes is taken back. */
function decideLine(row, what) {
  const { site } = review.data.documents[reading.number];
  const key = lineKey(site, row.text);
  const place = placeKey(reading.number, row.offset, row.length);
  if (what === "drop") {
    decide(review.store, key, siteRecord(review.data, reading.number, row.text));
    afterDecision();
    sayDecided(review.store.made.get(key), "");
    return;
  }
  const marked = [place, key].find((one) => review.store.made.has(one));
  if (!marked) {
    say("This line stays already.");
    return;
  }
  decide(review.store, marked, null);
  afterDecision();
  say("This line stays.");
}

/** Decide about this place alone: what went stays here, and what stayed goes from here. */
function decideHere(what = null) {
  const { stop } = reading;
  if (!stop) return;
  let key;
  if (stop.kind === "line") {
    key = placeKey(reading.number, stop.row.offset, stop.row.length);
    decide(review.store, key, placeRecord(review.data, reading.number, "drop", stop.row.text, stop.row.offset, stop.row.length, -1, -1));
  } else {
    const { edit, offset, length, text } = stop.piece;
    key = placeOf(stop.piece);
    decide(review.store, key, placeRecord(review.data, reading.number, what ?? "keep", text.trim(), offset, length, edit[2], edit[3]));
  }
  afterDecision();
  sayDecided(review.store.made.get(key), "");
}

/** Take the last decision back, and go to where it was made. */
function undo() {
  const key = undoLast(review.store);
  if (key === null) {
    say("There is nothing to undo.");
    return;
  }
  const wasInside = chosenInside() >= 0;
  const hadFocus = byId("line-rows").contains(document.activeElement) || byId("panel").contains(document.activeElement);
  afterDecision();
  const [, index, line] = /^g(\d+)(?::(\d+))?$/u.exec(key) ?? [];
  if (index && review.view === "lines") {
    const place = list.rows.indexOf(Number(index));
    const isInside = wasInside && line !== undefined && place >= 0;
    if (place >= 0) chooseRow(place, hadFocus && !isInside);
    if (isInside) {
      markInside(Number(line));
      if (hadFocus) focusInside();
    }
  }
  say(`Undone. ${leftInWords()}`);
}

/** Bring everything that shows decisions up to date. */
function afterDecision() {
  noteInMemory();
  if (byId("filter-state").value && chosenInside() < 0) filterLines({ stay: true });
  else showChosen(false);
  refreshDocument();
  showDecisions();
  showCounts();
}

/** Say what was decided, and how many are left. */
function sayDecided(record, next) {
  say(`${inWords(record)}: “${shortened(record.line, 40)}”. ${leftInWords()}${next}`);
}

function leftInWords() {
  const left = review.data.groups.length - countDecided(review.store, review.byKey);
  return left ? `${counted(left, "line")} left.` : "All lines are decided.";
}

/** Say something in the status line, which screen readers read out. */
function say(text) {
  byId("bar").classList.remove("idle");
  byId("status").replaceChildren(foreign(text));
}

/** Show how many decisions there are, and whether a file has them. */
function showCounts() {
  const { store, data } = review;
  const decided = countDecided(store, review.byKey);
  byId("progress").textContent = `${count(decided)} of ${counted(data.groups.length, "line")} decided`;
  byId("tab-decisions").textContent = count(store.made.size);
  const unsaved = isUnsaved(store);
  byId("unsaved").hidden = !unsaved;
  byId("save").classList.toggle("main", unsaved);
}

/** Show the buttons of the bar that the view has, each usable or not. */
function showBar() {
  const { view } = review;
  byId("bar").classList.toggle("idle", view === "summary" && !review.store.made.size);
  for (const button of byId("bar").querySelectorAll("[data-do]")) {
    button.hidden = !ACTIONS[button.dataset.do][1].includes(view);
  }
  const hasChosen = view === "lines" ? list.rows.length > 0 : reading.stop !== null;
  for (const name of ["keep", "drop", "everywhere", "here", "open"]) {
    byId("bar").querySelector(`[data-do="${name}"]`).disabled = !hasChosen;
  }
  const isInside = chosenInside() >= 0;
  byId("keep-label").textContent = isInside ? "Keep line" : "Keep";
  byId("everywhere-label").textContent = isInside ? "Keep line everywhere" : "Keep everywhere";
  byId("drop-label").textContent = isInside ? "Drop line" : "Drop";
  const inside = byId("bar").querySelector('[data-do="inside"]');
  inside.disabled = view !== "lines" || !hasChosen || !isBlock(review.data.groups[chosenGroup()]);
  inside.setAttribute("aria-pressed", String(isInside));
  const isKeptLine = view === "documents" && reading.stop?.kind === "line";
  byId("here-label").textContent = isKeptLine ? "Drop only here" : "Keep only here";
  byId("bar").querySelector('[data-do="everywhere"]').disabled = !hasChosen || isKeptLine || (view === "documents" && reading.stop?.piece?.edit[2] < 0);
}

/** Go to a view, so that the browser's "back" comes back from it. */
function go(view) {
  if (location.hash.slice(1) !== view) history.pushState(null, "", `#${view}`);
  show(view);
}

/** Show a view; a name that is none changes nothing. */
function show(view) {
  if (view === "") view = VIEWS[0];
  if (!VIEWS.includes(view)) return;
  review.view = view;
  list.inside = NO_LINE;
  hideReason();
  for (const name of VIEWS) {
    byId(`view-${name}`).hidden = name !== view;
    const link = document.querySelector(`nav a[href="#${name}"]`);
    if (name === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.documentElement.dataset.view = view;
  if (view === "documents" && reading.number < 0 && review.data.documents.length) showDocument(0);
  if (view === "decisions") showDecisions();
  window.scrollTo(0, 0);
  if (view === "lines") showChosen(false, list.at > 0);
  showBar();
}
