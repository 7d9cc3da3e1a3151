"use strict";
(function () {
  function value(row, column) {
    var cell = row.cells[column];
    return cell.dataset.value !== undefined ? Number(cell.dataset.value) : cell.textContent.trim();
  }
  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a === "number") return -1;
    if (typeof b === "number") return 1;
    return a.localeCompare(b, undefined, { numeric: true });
  }
  function sortBy(table, heading, column) {
    var down = heading.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("thead th").forEach(function (th) { th.removeAttribute("aria-sort"); });
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    var body = table.tBodies[0];
    Array.from(body.rows).sort(function (left, right) {
      var a = value(left, column), b = value(right, column);
      // rows without a number stay at the end in both directions
      if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
      return down ? compare(b, a) : compare(a, b);
    }).forEach(function (row) { body.appendChild(row); });
  }
  document.querySelectorAll("table.sortable").forEach(function (table) {
    Array.from(table.tHead.rows[0].cells).forEach(function (heading, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      heading.textContent = "";
      heading.appendChild(button);
      button.addEventListener("click", function () { sortBy(table, heading, column); });
    });
  });
  document.querySelectorAll(".toggles").forEach(function (group) {
    var table = document.getElementById(group.dataset.table);
    group.addEventListener("change", function () {
      var shown = new Set(Array.from(group.querySelectorAll("input:checked"), function (box) { return box.value; }));
      Array.from(table.tBodies[0].rows).forEach(function (row) { row.hidden = !shown.has(row.dataset.label); });
    });
  });
  document.querySelectorAll(".tabs").forEach(function (box) {
    var tabs = Array.from(box.querySelectorAll(":scope > .tab"));
    if (tabs.length < 2) return;
    var list = document.createElement("div");
    list.className = "tablist";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "Models");
    var buttons = tabs.map(function (tab) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = tab.dataset.title;
      button.id = tab.id + "-tab";
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", tab.id);
      tab.setAttribute("role", "tabpanel");
      tab.setAttribute("aria-labelledby", button.id);
      list.appendChild(button);
      return button;
    });
    function show(chosen) {
      tabs.forEach(function (tab, index) {
        tab.hidden = index !== chosen;
        buttons[index].setAttribute("aria-selected", String(index === chosen));
        buttons[index].tabIndex = index === chosen ? 0 : -1;
      });
    }
    list.addEventListener("click", function (event) {
      var index = buttons.indexOf(event.target);
      if (index >= 0) show(index);
    });
    list.addEventListener("keydown", function (event) {
      var step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      var next = (buttons.indexOf(event.target) + step + buttons.length) % buttons.length;
      show(next);
      buttons[next].focus();
    });
    box.prepend(list);
    show(0);
  });
})();
