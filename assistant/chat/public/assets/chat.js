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
// Numbers of a result's table: right-aligned and with thousands apart. The page sorts the rows by the
// values themselves, which it keeps; keys and years stay as they are.
(() => {
  "use strict";
  const NUMBER = /^-?\d+(?:\.\d+)?$/;
  const KEY = /(?:^|\s)(?:ID|year|CIK)(?:\s|$)/i;
  const plain = new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 });
  const money = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 4 });

  const write = (table) => {
    const heads = [...table.querySelectorAll("thead th")];
    const rows = [...table.querySelectorAll("tbody tr")];
    heads.forEach((head, place) => {
      const cells = rows.map((row) => row.cells[place]).filter(Boolean);
      const fresh = cells.filter((cell) => !cell.dataset.value && NUMBER.test(cell.textContent));
      if (!fresh.length && !cells.some((cell) => cell.dataset.value)) return;
      head.classList.add("number");
      cells.forEach((cell) => cell.classList.add("number"));
      fresh.forEach((cell) => {
        cell.dataset.value = cell.textContent;
        const format = /\(USD\)/.test(head.textContent) ? money : plain;
        if (!KEY.test(head.textContent)) cell.textContent = format.format(Number(cell.textContent));
      });
    });
  };

  new MutationObserver((changes) => {
    const tables = new Set();
    changes.forEach(({ target, addedNodes }) => {
      if (!(target instanceof Element)) return;
      const near = target.closest(".dataframe table");
      if (near) tables.add(near);
      addedNodes.forEach((node) => {
        if (node instanceof Element) node.querySelectorAll(".dataframe table, table").forEach((one) => {
          if (one.closest(".dataframe")) tables.add(one);
        });
      });
    });
    tables.forEach(write);
  }).observe(document.body, { childList: true, subtree: true });
})();
