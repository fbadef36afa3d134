// Keeps the trials that were ticked for a comparison from page to page, in this tab only. Without it the boxes of one
// page can still be sent: the tray is a plain form.
(() => {
  const KEY = "trialdex-compare", MOST = 6;
  const tray = document.getElementById("compare");
  if (!tray) return;
  const list = tray.querySelector("ul"), told = tray.querySelector(".tray-told");
  const boxes = [...document.querySelectorAll('input[form="compare"]')];
  const read = () => { try { return JSON.parse(sessionStorage.getItem(KEY)) || []; } catch { return []; } };
  let chosen = read().filter((id) => typeof id === "string").slice(0, MOST);
  const keep = () => { try { sessionStorage.setItem(KEY, JSON.stringify(chosen)); } catch { /* the page still works */ } };

  function show() {
    tray.classList.toggle("kept", chosen.length > 0);
    told.textContent = chosen.length < 2 ? "Chosen for a comparison; one more is needed" : "Chosen for a comparison";
    list.replaceChildren(...chosen.map((id) => {
      const item = document.createElement("li"), name = document.createElement("span"), cross = document.createElement("button");
      name.textContent = id;
      cross.type = "button";
      cross.textContent = "×";
      cross.setAttribute("aria-label", `Leave out ${id}`);
      cross.addEventListener("click", () => { set(id, false); (list.querySelector("button") || tray.querySelector("[type=submit]")).focus(); });
      item.append(name, cross);
      if (!boxes.some((box) => box.value === id)) {
        const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: "id", value: id });
        item.append(hidden);
      }
      return item;
    }));
    for (const box of boxes) {
      box.checked = chosen.includes(box.value);
      box.disabled = !box.checked && chosen.length >= MOST;
    }
  }
  function set(id, on) {
    chosen = chosen.filter((one) => one !== id);
    if (on && chosen.length < MOST) chosen.push(id);
    keep();
    show();
  }
  for (const box of boxes) box.addEventListener("change", () => set(box.value, box.checked));
  addEventListener("pageshow", () => { chosen = read().slice(0, MOST); show(); });
})();
