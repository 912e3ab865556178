/* The start of the page, once all of it has been read. */

/** Read the data, fill the views, and listen. */
function start() {
  review.store = newStore();
  takeData(JSON.parse(byId("data").textContent));
  byId("title").replaceChildren(foreign(review.data.title));
  byId("made").textContent = `Made by ${review.data.made}`;
  byId("memory").hidden = remember();
  fillSummary();
  fillLines();
  fillDocuments();
  listen();
  showDecisions();
  showCounts();
  show(location.hash.slice(1));
  if (!review.view) show("summary");
  performance.mark("usable"); // the list is filled, and keys are heard
}

document.addEventListener("DOMContentLoaded", start);
