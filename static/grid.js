// A grid of lots: Enter and the arrows go from lot to lot, totals follow, a block from a spreadsheet is pasted into the cells.
(() => {
  "use strict";

  const table = document.querySelector("[data-grid]");
  if (!table) return;
  const form = table.closest("form");
  const rows = [...table.tBodies[0].rows];
  const language = document.documentElement.lang;

  const plain = (text) => text.trim().replace(/\s+/g, " ").toLowerCase();
  const valueOf = (text) => Number(text.replace(/\s/g, "").replace(",", "."));
  const isNumber = (text) => text.trim() !== "" && !Number.isNaN(valueOf(text));
  const written = (value) => value.toLocaleString(language, { maximumFractionDigits: 3 });
  const inputIn = (cell) => cell?.querySelector("input");
  const columnsFrom = (start) => [...rows[0].cells].map((cell, index) => index).filter((index) => index >= start && inputIn(rows[0].cells[index]));

  function worthOf(input) {
    if (input.type === "checkbox") return input.checked ? Number(input.dataset.worth) : 0;
    return valueOf(input.value) || 0;
  }

  function addUp() {
    for (const cell of table.tFoot.querySelectorAll("[data-total]")) {
      const sum = rows.reduce((found, row) => found + worthOf(inputIn(row.cells[cell.cellIndex])), 0);
      cell.textContent = written(Math.round(sum * 1000) / 1000);
    }
    const difference = form.querySelector("[data-difference]");
    if (difference) tellDifference(difference);
  }

  function tellDifference(place) {
    const sum = rows.reduce((found, row) => found + worthOf(inputIn(row.cells[1])), 0);
    const off = valueOf(form.elements.total.value) - sum;
    const words = off > 0 ? place.dataset.missing : off < 0 ? place.dataset.over : place.dataset.exact;
    place.textContent = words.replace("{off}", written(Math.abs(off)));
    place.classList.toggle("is-off", off !== 0);
  }

  function move(input, way) {
    const cell = input.closest("td");
    const row = rows[rows.indexOf(cell.parentElement) + way];
    const next = row && inputIn(row.cells[cell.cellIndex]);
    if (!next) return;
    next.focus();
    if (next.type === "text") next.select();
  }

  table.addEventListener("keydown", (event) => {
    const way = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!way || event.target.tagName !== "INPUT" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    move(event.target, way);
  });

  function put(input, text) {
    if (input.type === "checkbox") input.checked = !["", "0", "-", "–", "non", "nee", "no", "n"].includes(plain(text));
    else input.value = text.trim();
  }

  // What names its lots or columns, or is larger than the grid, the server reads: it says what does not fit.
  function isPlain(block, start, places) {
    const lots = new Set(rows.map((row) => plain(row.cells[0].dataset.lot)));
    const namesLots = block.some((cells) => lots.has(plain(cells[0])) && !isNumber(cells[0]));
    const hasHead = block[0].every((text) => !isNumber(text) && !["", "x"].includes(plain(text)));
    const isTooLarge = start + block.length > rows.length || block.some((cells) => cells.length > places.length);
    return !namesLots && !hasHead && !isTooLarge;
  }

  table.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain").replace(/\r/g, "").replace(/\n+$/, "");
    if (event.target.tagName !== "INPUT" || !/[\n\t]/.test(text)) return;
    event.preventDefault();
    const cell = event.target.closest("td");
    const start = rows.indexOf(cell.parentElement);
    const places = columnsFrom(cell.cellIndex);
    const block = text.split("\n").map((line) => line.split("\t"));
    if (!isPlain(block, start, places)) {
      form.elements.paste.value = text;
      form.querySelector("[data-fill]").click();
      return;
    }
    block.forEach((cells, below) => cells.forEach((value, beside) => put(inputIn(rows[start + below].cells[places[beside]]), value)));
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });

  form.addEventListener("input", addUp);
  addUp();
})();
