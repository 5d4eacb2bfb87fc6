// The pages work without this script; with it, runs move by themselves and keys lead about.
"use strict";
(() => {
  const live = document.getElementById("live");
  if (live && live.dataset.events && "EventSource" in window) {
    const source = new EventSource(live.dataset.events);
    const status = document.getElementById("connection");
    const say = (text) => { if (status) status.textContent = text; };
    source.addEventListener("state", (event) => {
      const log = live.querySelector(".log");
      const follows = !log || log.scrollTop + log.clientHeight >= log.scrollHeight - 24;
      const top = log ? log.scrollTop : 0;
      live.innerHTML = event.data;
      const fresh = live.querySelector(".log");
      if (fresh) fresh.scrollTop = follows ? fresh.scrollHeight : top;
      say("live");
    });
    source.addEventListener("over", () => { source.close(); location.reload(); });
    // Whoever is on the way to another page gets there: the end of a run does not call back.
    window.addEventListener("beforeunload", () => source.close());
    window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
    // Closed for good means an answer that is no stream: the session is over, or too many are open.
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) { say("connecting again"); return; }
      say("loading again");
      setTimeout(() => location.reload(), 5000);
    };
  }
  const again = Number(document.body.dataset.refresh);
  if (again && !(live && live.dataset.events)) setTimeout(() => location.reload(), again * 1000);
  // A second press of a button sends nothing; the server would make one run of both all the same.
  document.querySelectorAll("form[data-once]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
      form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-disabled", "true"));
    });
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-once]").forEach((form) => { delete form.dataset.sent; form.querySelectorAll("button").forEach((b) => b.removeAttribute("aria-disabled")); }));
  const keys = document.getElementById("keys");
  let prefix = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    if (event.key === "?" && keys) { keys.open ? keys.close() : keys.showModal(); return; }
    if (event.key === "g") { prefix = Date.now(); return; }
    if (Date.now() - prefix < 1500) {
      const link = document.querySelector(`nav a[data-key="${CSS.escape(event.key)}"]`);
      if (link) link.click();
    }
    prefix = 0;
  });
})();
