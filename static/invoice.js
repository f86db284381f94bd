// The form of an invoice: amounts that follow each other while one types, and nothing lost while an answer is awaited.
(() => {
  "use strict";

  const form = document.getElementById("invoice-form");
  const money = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: "EUR" });

  // Cents of "1 234,56", "1.234,56" or "1234.56"; null when it is none. The server reads it again.
  function cents(text) {
    const plain = text.replace(/[\s\u00a0\u202f€]/g, "").replace("−", "-");
    const mark = Math.max(plain.lastIndexOf(","), plain.lastIndexOf("."));
    const whole = (mark < 0 ? plain : plain.slice(0, mark)).replace(/[.,]/g, "");
    const decimals = mark < 0 ? "" : plain.slice(mark + 1);
    if (!/^-?\d+$/.test(whole) || !/^\d{0,2}$/.test(decimals)) return null;
    const value = Math.abs(Number(whole)) * 100 + Number(decimals.padEnd(2, "0"));
    return whole.startsWith("-") ? -value : value;
  }

  function written(value) {
    const sign = value < 0 ? "-" : "";
    const digits = String(Math.abs(value)).padStart(3, "0");
    return `${sign}${digits.slice(0, -2)},${digits.slice(-2)}`;
  }

  // Half away from zero, as the server rounds.
  function divided(value, by) {
    const rounded = Math.floor((2 * Math.abs(value) + by) / (2 * by));
    return value < 0 ? -rounded : rounded;
  }

  function follow(line, name) {
    const inputs = Object.fromEntries([...line.querySelectorAll("[data-amount]")].map((each) => [each.dataset.amount, each]));
    const rate = cents(inputs.vat_rate.value);
    const net = cents(inputs.net.value);
    const gross = cents(inputs.gross.value);
    const vat = cents(inputs.vat.value);
    if (name === "gross" && gross !== null && rate !== null) {
      const base = divided(gross * 10000, 10000 + rate);
      inputs.net.value = written(base);
      inputs.vat.value = written(gross - base);
    } else if ((name === "net" || name === "vat_rate") && net !== null && rate !== null) {
      const tax = divided(net * rate, 10000);
      inputs.vat.value = written(tax);
      inputs.gross.value = written(net + tax);
    } else if (name === "vat" && net !== null && vat !== null) {
      inputs.gross.value = written(net + vat);
    }
  }

  function total() {
    const amounts = [...form.querySelectorAll('[data-amount="gross"]')].map((each) => cents(each.value));
    const sum = amounts.reduce((all, each) => all + each, 0);
    document.getElementById("invoice-sum").value = amounts.includes(null) ? "–" : money.format(sum / 100);
  }

  // By line, the amount that was typed last: the others follow it when another rate is proposed.
  const latest = new Map();
  const key = (line) => line.querySelector('[name="line"]').value;
  const rates = () => new Map([...form.querySelectorAll("[data-line]")].map((line) => [key(line), line.querySelector('[data-amount="vat_rate"]').value]));

  form.addEventListener("input", (event) => {
    const name = event.target.dataset.amount;
    if (!name) return;
    if (name !== "vat_rate") latest.set(key(event.target.closest("[data-line]")), name);
    follow(event.target.closest("[data-line]"), name);
    total();
  });

  // What was typed while the server answered stands in the answer too, and the focus stays where it is.
  const fields = () => [...form.elements].filter((each) => each.name && each.id && each.type !== "file");
  let sent = new Map();
  let typed = [];
  let before = new Map();
  form.addEventListener("htmx:beforeRequest", () => {
    sent = new Map(fields().map((each) => [each.id, each.value]));
  });
  form.addEventListener("htmx:beforeSwap", () => {
    before = rates();
    typed = fields().filter((each) => sent.has(each.id) && sent.get(each.id) !== each.value).map((each) => [each.id, each.value]);
  });
  form.addEventListener("htmx:afterSwap", () => {
    for (const [id, value] of typed) {
      const field = document.getElementById(id);
      if (field) field.value = value;
    }
    for (const line of form.querySelectorAll("[data-line]")) {
      const now = rates().get(key(line));
      if (latest.has(key(line)) && before.get(key(line)) !== now) follow(line, latest.get(key(line)));
    }
    form.dispatchEvent(new Event("input", { bubbles: true }));
    total();
  });

  // A file that the server would turn away is told of before it is sent.
  form.addEventListener("htmx:beforeRequest", (event) => {
    const place = event.detail.elt.closest("[data-papers]");
    const input = place && place.querySelector("input[type=file]");
    if (!input || [...input.files].every((file) => file.size <= place.dataset.papers * 1024 * 1024)) return;
    event.preventDefault();
    input.value = "";
    const note = document.createElement("p");
    note.className = "field-error";
    note.setAttribute("role", "alert");
    note.textContent = place.dataset.tooLarge;
    place.after(note);
  });
})();
