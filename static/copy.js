// A button that copies a field's text: <button data-copy="id of the field" data-copied="word" hidden>.
(() => {
  "use strict";
  for (const button of document.querySelectorAll("[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    field.addEventListener("focus", () => field.select());
    button.hidden = false;
    button.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
      } catch {
        document.execCommand("copy"); // plain http: no clipboard
      }
      button.textContent = button.dataset.copied;
    });
  }
})();
