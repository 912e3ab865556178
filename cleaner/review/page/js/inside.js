/* The lines of a block, decided one by one: in the panel beside the list, by buttons, or by keys after a step inside.
 *
 * Whoever is inside of the chosen block has one of its lines chosen (`list.inside`); then the keys and buttons that else
 * decide and move in the list do so in the block.
 */

const NO_LINE = -1; // nobody is inside of a block

/** Return the elements of a block's lines: each with its decision, and buttons of its own. */
function blockLines(index, group) {
  const keys = keysIn(group);
  const items = linesIn(group).map((line, at) => blockLine(line, at, lineDecisionOf(review.store, index, at, keys[at])));
  const element = make("ol", { class: `block ${hueOf(group.category)}`, "aria-label": `The ${counted(items.length, "line")} of the block` }, ...items);
  element.addEventListener("focusin", (event) => markInside(Number(event.target.closest("li").dataset.line)));
  element.addEventListener("click", (event) => {
    const at = Number(event.target.closest("li").dataset.line);
    const button = event.target.closest("button");
    markInside(at);
    if (button?.dataset.what) decideInside(button.dataset.what, "site", 0);
    else focusInside();
  });
  return element;
}

function blockLine(line, at, decision) {
  const isChosen = at === chosenInside();
  const tabindex = at === Math.max(chosenInside(), 0) ? 0 : -1;
  const button = (what, label) =>
    make(
      "button",
      { type: "button", class: `small ${what}`, tabindex, "data-what": what, "aria-pressed": String(decision?.what === what) },
      label,
      make("span", { class: "heard" }, ` line ${count(at + 1)}`),
    );
  return make(
    "li",
    { "data-line": at, "aria-current": isChosen ? "true" : null },
    make("button", { type: "button", class: "line", tabindex }, foreign(shortened(line, PANEL_SHOWN) || "(blank)")),
    " ",
    decision ? badge(decision) : null,
    make("span", { class: "choice" }, button("keep", "Keep"), " ", button("drop", "Drop")),
  );
}

/** Return the place of the line that is chosen inside of the chosen block, or NO_LINE. */
function chosenInside() {
  const group = review.data.groups[chosenGroup()];
  return review.view === "lines" && list.inside >= 0 && group && isBlock(group) && list.inside < linesIn(group).length ? list.inside : NO_LINE;
}

/** Choose a line inside of the block; the elements stay, so that the focus does. */
function markInside(at) {
  list.inside = at;
  for (const item of byId("panel").querySelectorAll(".block li")) {
    const isChosen = Number(item.dataset.line) === at;
    if (isChosen) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
    for (const button of item.querySelectorAll("button")) button.tabIndex = isChosen ? 0 : -1;
  }
  showBar();
}

/** Move the focus to the line that is chosen inside, or to one of its buttons: `what` is "keep", "drop" or "". */
function focusInside(what = "") {
  const item = byId("panel").querySelector(".block [aria-current]");
  item?.querySelector(what ? `[data-what="${what}"]` : ".line").focus({ preventScroll: true });
  item?.scrollIntoView({ block: "nearest" });
}

/** Step inside of the chosen block, or out of it. */
function stepInside() {
  if (chosenInside() >= 0) {
    leaveBlock(true);
    return;
  }
  const group = review.data.groups[chosenGroup()];
  if (!group) return;
  if (!isBlock(group)) {
    say("This is one line; there is nothing inside.");
    return;
  }
  markInside(0);
  focusInside();
  say(`Inside a block of ${counted(linesIn(group).length, "line")}: keys decide one line. Esc leaves.`);
}

/** Leave the block; what is decided inside now counts for the filter of the list. */
function leaveBlock(withFocus) {
  list.inside = NO_LINE;
  if (byId("filter-state").value) filterLines({ stay: true });
  else showChosen(false);
  if (withFocus) focusChosen();
}

/** Go to the next line of the block, or with -1 to the one before. */
function moveInside(step) {
  const at = chosenInside() + step;
  if (at < 0 || at >= linesIn(review.data.groups[chosenGroup()]).length) {
    focusInside();
    say(step > 0 ? "This is the last line of the block. Esc leaves it." : "This is the first line of the block.");
    return;
  }
  markInside(at);
  focusInside();
}

/** Decide about the line that is chosen inside, and go a number of lines on. */
function decideInside(what, scope, step) {
  const index = chosenGroup();
  const at = chosenInside();
  const key = blockLineKey(index, at);
  const focused = document.activeElement;
  const part = byId("panel").contains(focused) ? (focused.dataset.what ?? "") : null;
  decide(review.store, key, blockLineRecord(review.data, index, at, what, scope));
  const last = linesIn(review.data.groups[index]).length - 1;
  list.inside = Math.min(at + step, last);
  afterDecision();
  if (part !== null) focusInside(step ? "" : part);
  const next = list.inside > at ? ` Next: “${shortened(linesIn(review.data.groups[index])[list.inside], 40)}”` : "";
  const record = review.store.made.get(key);
  say(`${inWords(record)}: “${shortened(record.line, 40)}”. ${inWordsOfBlock(index)}.${next}`);
}

/** Return what is decided about a block in words, such as "2 of 7 lines kept"; "" if none of its lines is decided alone. */
function inWordsOfBlock(index) {
  if (!hasLines(review.store, index)) return "";
  const group = review.data.groups[index];
  const keys = keysIn(group);
  const made = keys.map((key, at) => lineDecisionOf(review.store, index, at, key)?.what);
  const number = (what) => made.filter((one) => one === what).length;
  const kept = number("keep");
  return kept ? `${count(kept)} of ${counted(keys.length, "line")} kept` : `${count(number("drop"))} of ${counted(keys.length, "line")} dropped`;
}

/** Return the label of what is decided about a group, a block or not; null if nothing is. */
function groupBadge(index, group) {
  const words = inWordsOfBlock(index);
  const decision = decisionOf(review.store, index, group);
  if (words) return badge({ what: words.endsWith("kept") ? "keep" : "drop", scope: "site" }, words);
  return decision ? badge(decision) : null;
}
