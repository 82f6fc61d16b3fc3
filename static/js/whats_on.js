/**
 * Keeps addresses short and the form as it was when htmx changes the results without a reload.
 * Without this, and without any script at all, the form works as forms do.
 */

/** A field that is left empty says nothing and has no place in the address. */
document.body.addEventListener("htmx:configRequest", (event) => {
  const { parameters } = event.detail;
  for (const name of Object.keys(parameters)) {
    if (parameters[name] === "") delete parameters[name];
  }
});

/** A form that comes anew stays as open as the one it replaces. */
let wasOpen = false;

document.body.addEventListener("htmx:beforeSwap", () => {
  wasOpen = document.getElementById("filters-more")?.open ?? false;
});

document.body.addEventListener("htmx:afterSwap", () => {
  const more = document.getElementById("filters-more");
  if (more && wasOpen) more.open = true;
});
