// Alerts: notifications and a sound, if one has allowed them.

import { find, hashOf, on, write } from "./dom.js";
import { kept, keep } from "./settings.js";

const SHOWN = 200; // characters of a message

export class Alerts {
  constructor() {
    this.at = 0; // when the last sound was made
    for (const name of ["notify", "sound"]) {
      const box = find(name);
      box.checked = kept(name) === "on" && (name === "sound" || window.Notification?.permission === "granted");
      on(box, "change", async () => {
        if (name === "notify" && box.checked) {
          box.checked = (await window.Notification?.requestPermission()) === "granted";
          write(box.form.querySelector(".error"), box.checked ? "" : "This browser allows no notifications from here.");
        }
        keep(name, box.checked ? "on" : "");
        if (name === "sound" && box.checked) this.ring();
      });
    }
  }

  // Tell of a message that mentions one, or is to one alone.
  alert(talk, row) {
    if (find("sound").checked) this.ring();
    if (!find("notify").checked) return;
    const title = talk.isRoom ? `${row.from} in ${talk.name}` : row.from;
    const hash = `${hashOf(talk.name)}/${row.id}`;
    const options = { body: row.text.slice(0, SHOWN), tag: talk.name, data: hash };
    this.show(title, { ...options, icon: document.querySelector("link[rel=icon]").href }, hash);
  }

  async show(title, options, hash) {
    // On phones, only the service worker may show them.
    const worker = await navigator.serviceWorker?.getRegistration();
    if (worker) worker.showNotification(title, options);
    else {
      new Notification(title, options).onclick = () => {
        window.focus();
        location.hash = hash;
      };
    }
  }

  ring() {
    const now = Date.now();
    if (now - this.at < 1000) return;
    this.at = now;
    this.audio ??= new AudioContext();
    const { audio } = this;
    const [tone, volume, end] = [audio.createOscillator(), audio.createGain(), audio.currentTime + 0.3];
    tone.frequency.value = 740;
    volume.gain.value = 0.08;
    volume.gain.exponentialRampToValueAtTime(0.001, end);
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(end);
  }
}
