/** Recovery codes as a file, made here: the portal shows them once. */

const button = document.querySelector("[data-save-codes]");
const codes = [...document.querySelectorAll("[data-code]")].map((each) => each.textContent.trim());

if (button && codes.length) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const words = `#ThisIsDerby portal: recovery codes, each works once\n\n${codes.join("\n")}\n`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([words], { type: "text/plain" }));
    link.download = "recovery-codes.txt";
    link.click();
    URL.revokeObjectURL(link.href);
  });
}
