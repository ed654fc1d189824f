// A box that scrolls needs the keyboard too: https://dequeuniversity.com/rules/axe/4.11/scrollable-region-focusable
document.addEventListener("DOMContentLoaded", () => {
  for (const box of document.querySelectorAll(".table-wrapper, .highlight pre, .lifecycle")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
});
