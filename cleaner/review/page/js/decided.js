/* The view "Decisions": all of them in a list, the newest first, each with a button that takes it back. */

const DECISIONS_SHOWN = 500; // in the list; what is older is counted

/** Fill the view. */
function showDecisions() {
  const made = [...review.store.made].reverse();
  byId("decisions-none").hidden = made.length > 0;
  byId("decisions-list").replaceChildren(...made.slice(0, DECISIONS_SHOWN).map(([key, record]) => decisionItem(key, record)));
  byId("decisions-rest").textContent =
    made.length > DECISIONS_SHOWN ? `${count(made.length - DECISIONS_SHOWN)} older ones are not listed; the file has all of them.` : "";
}

function decisionItem(key, record) {
  const remove = make("button", { type: "button" }, "Take back", make("span", { class: "heard" }, ` ${shortened(record.line, 60)}`));
  remove.addEventListener("click", () => {
    decide(review.store, key, null);
    afterDecision();
    byId("decisions-heading").focus();
    say("Taken back. “Undo” makes the decision again.");
  });
  const note = key.startsWith("f") ? make("small", {}, "not on this page") : null;
  return make(
    "li",
    {},
    make("p", { class: "what" }, badge(record, inWords(record)), " ", note),
    make("p", { class: "quoted" }, foreign(shortened(record.line, LINE_SHOWN))),
    remove,
  );
}
