// CodeMirror 5.57 puts an unlabelled text area in the place of ours; people who do not see the page need its name.
window.addEventListener("load", () => {
  for (const area of document.querySelectorAll(".CodeMirror textarea")) area.setAttribute("aria-label", "SQL");
});
