/** Keying paper in: a single digit leads on to the next question, Enter too, arrows up and down. */

const fields = [...document.querySelectorAll("[data-keying] .keying__number")];

function go(from, step) {
  const next = fields[fields.indexOf(from) + step];
  if (next) {
    next.focus();
    next.select();
  } else if (step > 0) {
    from.form.querySelector("button[type=submit]").focus();
  }
}

for (const field of fields) {
  field.addEventListener("input", () => {
    if (field.dataset.keys === "one" && /^[0-9]$/.test(field.value)) go(field, 1);
  });
  field.addEventListener("keydown", (event) => {
    const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    go(field, step);
  });
}
