/* Where decisions stay: in the browser's memory (localStorage) while people work, and in the file that they save.
 *
 * Some browsers give pages that were opened from a file no memory. Then decisions live in the tab alone, and the page
 * says so.
 */

const FILE_NAME = "decisions.json";

/** Return the name under which the browser remembers the decisions of this review. */
function memoryName() {
  return `cleaner-review:${review.data.id}`;
}

/** Take the decisions that the browser remembers; return whether it has a memory at all. */
function remember() {
  try {
    const text = window.localStorage.getItem(memoryName());
    if (text) {
      const { decisions, savedAs } = JSON.parse(text);
      addRecords(review.store, review.data, decisions.filter(isRecord));
      review.store.savedAs = savedAs;
    }
    window.localStorage.setItem(`${memoryName()}:try`, "1");
    window.localStorage.removeItem(`${memoryName()}:try`);
    return true;
  } catch {
    return false;
  }
}

/** Have the browser remember the decisions as they are now. */
function noteInMemory() {
  const decisions = [...review.store.made.values()];
  try {
    window.localStorage.setItem(memoryName(), JSON.stringify({ decisions, savedAs: review.store.savedAs }));
  } catch {
    byId("memory").hidden = false; // no memory, or it is full
  }
}

/** Save all decisions as a file. */
function saveFile() {
  if (!review.store.made.size) {
    say("There is nothing to save yet.");
    return;
  }
  const url = URL.createObjectURL(new Blob([fileText(review.store, review.data)], { type: "application/json" }));
  const link = make("a", { href: url, download: FILE_NAME, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  noteSaved(review.store);
  noteInMemory();
  showCounts();
  say(`${counted(review.store.made.size, "decision")} saved as ${FILE_NAME}. Next, type: cleaner review --apply ${FILE_NAME}`);
}

/** Load a file that was saved before, and add its decisions to those made here. */
async function loadFile(file) {
  try {
    const records = parseFile(await file.text());
    const fitting = addRecords(review.store, review.data, records);
    afterDecision();
    const others = records.length - fitting;
    say(`${counted(records.length, "decision")} loaded.${others ? ` ${count(others)} of them are about lines that are not on this page; they are kept.` : ""}`);
  } catch (error) {
    say(error.message);
  }
}
