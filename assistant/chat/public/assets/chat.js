// Opens a cited page beside the chat. Without this script a citation opens in a new tab.
(() => {
  "use strict";
  // The page follows the system until the reader picks a theme; its own default is dark.
  if (!localStorage.getItem("vite-ui-theme")) localStorage.setItem("vite-ui-theme", "system");
  const panel = document.createElement("aside");
  panel.id = "viewer";
  panel.hidden = true;
  panel.setAttribute("aria-label", "Cited page");
  const bar = document.createElement("div");
  bar.className = "viewer-bar";
  const title = document.createElement("span");
  title.textContent = "Cited page";
  const tab = document.createElement("a");
  tab.textContent = "Open in a tab";
  tab.target = "_blank";
  tab.rel = "noopener";
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "Close";
  close.id = "viewer-close";
  bar.append(title, tab, close);
  const frame = document.createElement("iframe");
  frame.title = "Cited page";
  frame.setAttribute("sandbox", "allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-downloads");
  panel.append(bar, frame);
  document.body.append(panel);
  let opener = null;

  const theme = () => (document.documentElement.classList.contains("dark") ? "dark" : "light");

  const hide = () => {
    panel.hidden = true;
    document.body.classList.remove("viewer-open");
    frame.removeAttribute("src");
    if (opener && opener.isConnected) opener.focus();
  };

  const show = (link) => {
    const url = new URL(link.getAttribute("href"), location.origin);
    tab.href = url.pathname + url.search + url.hash;
    url.searchParams.set("theme", theme());
    document.querySelectorAll("a.cited-open").forEach((a) => a.classList.remove("cited-open"));
    link.classList.add("cited-open");
    opener = link;
    panel.hidden = false;
    document.body.classList.add("viewer-open");
    frame.src = url.pathname + url.search + url.hash;
  };

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest('a[href^="/viewer/"]');
    if (!link || panel.contains(link) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    show(link);
  }, true);
  close.addEventListener("click", hide);
  const onEscape = (event) => {
    if (event.key === "Escape" && !panel.hidden) hide();
  };
  document.addEventListener("keydown", onEscape);
  frame.addEventListener("load", () => frame.contentDocument?.addEventListener("keydown", onEscape));
})();
