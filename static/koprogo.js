// What the pages do better with JavaScript; without it they work through <details>, popovers and plain forms.
(() => {
  "use strict";

  // A question before a dangerous button: a modal dialog (focus stays inside) instead of the plain popover.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      event.preventDefault();
      const dialog = document.getElementById(opener.dataset.dialog);
      dialog.removeAttribute("popover");
      dialog.showModal();
    }
    const closer = event.target.closest("[data-dialog-close]");
    if (closer) {
      event.preventDefault();
      closer.closest("dialog").close();
    }
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details[data-menu][open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A file dragged over the field shows that it may be let go; the input itself takes it.
  for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(type, (event) => {
      const place = event.target.closest?.("[data-file-drop]");
      if (place) place.classList.toggle("is-over", type === "dragenter" || type === "dragover");
    });
  }

  // A search while one types changes the address: the filters beside it lead on from there, not from where one began.
  document.addEventListener("htmx:pushedIntoHistory", () => {
    const words = new URLSearchParams(location.search).get("q");
    for (const link of document.querySelectorAll(".filters a")) {
      const address = new URL(link.href);
      if (words) address.searchParams.set("q", words);
      else address.searchParams.delete("q");
      link.href = address.search || "?";
    }
  });

  // A form that was sent is not sent twice by a second click; a download leaves the page, so not for ever.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 3000);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // Leaving a form that was changed and not sent asks first; one that comes back with errors counts as changed.
  const guarded = document.querySelector("form[data-guard]");
  if (guarded) {
    let isChanged = guarded.dataset.guard === "changed";
    guarded.addEventListener("input", () => { isChanged = true; });
    guarded.addEventListener("submit", () => { isChanged = false; });
    window.addEventListener("beforeunload", (event) => {
      if (isChanged) event.preventDefault();
    });
  }

  document.querySelector(".error-summary")?.scrollIntoView({ block: "nearest" });
})();
