// Small comforts on the gate's own pages. Every page works without them.
(function () {
  "use strict";

  // Fields of a form may carry any name, and a name hides the form's own property:
  // so forms are only keys here, and methods are borrowed from the prototype.
  var sent = new WeakMap();
  var STUCK_MILLISECONDS = 10000;

  function memory(url) {
    var at = new URL(url, location.href);
    return "sence-gate#" + at.pathname + at.search;
  }

  // Private modes may refuse storage; then only the fragment is lost.
  function quietly(action) {
    try {
      return action();
    } catch (refused) {
      return null;
    }
  }

  function buttons(form) {
    return Array.prototype.filter.call(document.querySelectorAll("button[type=submit]"), function (button) {
      return button.form === form;
    });
  }

  function release(form) {
    sent.delete(form);
    buttons(form).forEach(function (button) {
      button.removeAttribute("aria-disabled");
    });
  }

  // A second press would begin a second attempt. The button comes back by itself:
  // when the network fails, the page stays and must stay usable.
  function hold(form) {
    sent.set(form, true);
    buttons(form).forEach(function (button) {
      button.setAttribute("aria-disabled", "true");
    });
    setTimeout(release, STUCK_MILLISECONDS, form);
  }

  document.addEventListener("submit", function (event) {
    if (sent.has(event.target)) {
      event.preventDefault();
    } else {
      hold(event.target);
    }
  });

  window.addEventListener("pageshow", function (event) {
    if (event.persisted) {
      document.querySelectorAll("form").forEach(release);
    }
  });

  // The part after # never reaches a server: it is kept in this tab while the learner is at SENCE.
  function remember(volver) {
    if (location.hash) {
      quietly(function () {
        sessionStorage.setItem(memory(volver.value), location.hash);
      });
    }
  }

  function carryOn(link) {
    var fragment = quietly(function () {
      var key = memory(link.href);
      var kept = sessionStorage.getItem(key);
      sessionStorage.removeItem(key);
      return kept;
    });
    if (fragment && link.href.indexOf("#") < 0) {
      link.href += fragment;
    }
    // At once: a page that goes on by itself after a while is taken from under whoever reads it
    // (WCAG 2.2, 2.2.1). Replaced, so that "back" does not return here.
    location.replace(link.href);
  }

  // Once per history entry: whoever comes back from SENCE, or reloads, finds a button, not a trap.
  function submitOnce(form) {
    if (history.state && history.state.sent) {
      return;
    }
    history.replaceState({ sent: true }, "");
    hold(form);
    HTMLFormElement.prototype.submit.call(form);
  }

  // The bars of other tabs ask anew: the learner comes from SENCE, or is on the way.
  quietly(function () {
    var bars = new BroadcastChannel("sence-gate-bar" + new URL(".", document.currentScript.src));
    bars.postMessage("");
    bars.close();
  });

  document.documentElement.className = "script";
  document.querySelectorAll("input[data-volver]").forEach(remember);
  document.querySelectorAll("a[data-continue]").forEach(carryOn);
  document.querySelectorAll("form[data-autosubmit]").forEach(submitOnce);
  document.querySelectorAll("button[data-reload]").forEach(function (button) {
    button.addEventListener("click", function () {
      location.reload();
    });
  });
})();
