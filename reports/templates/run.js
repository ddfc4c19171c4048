// Filters rows by text and verdict. Without scripts everything is there, only not filtered.
(() => {
  const form = document.querySelector("form.filter");
  const text = document.getElementById("text");
  const verdict = document.getElementById("verdict");
  const found = document.getElementById("found");
  const rows = [...document.querySelectorAll("details.row")];
  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const fits = words.every((word) => row.dataset.words.includes(word))
        && (!verdict.value || row.dataset.verdict === verdict.value);
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const group of document.querySelectorAll("section.group")) {
      group.hidden = !group.querySelector("details.row:not([hidden])");
    }
    found.textContent = shown === rows.length ? "" : `${shown} of ${rows.length}`;
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", filter);
})();
