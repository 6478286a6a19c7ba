// Sends the learner back: at once, late, or twice, as the page's form says.
(() => {
  "use strict";
  const form = document.getElementById("retorno");
  // A field may be called "submit" and would hide the form's own method.
  const send = () => HTMLFormElement.prototype.submit.call(form);
  const late = Number(form.dataset.lateSeconds) * 1000;
  const pause = 1000;

  const sendFirst = () => {
    const frame = document.createElement("iframe");
    frame.name = "primera-vez";
    document.body.append(frame);
    form.target = frame.name;
    send();
    form.removeAttribute("target");
  };

  window.setTimeout(() => {
    if (form.dataset.times === "2") {
      sendFirst();
      window.setTimeout(send, pause);
    } else {
      send();
    }
  }, late);
})();
