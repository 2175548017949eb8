// Reads a QR code with the camera or from a picture, on this device alone, and sends its text with the form.
// <div data-camera> holds <button data-camera-start>, <button data-camera-stop>, <video>, <p data-camera-says>,
// <input type=file data-camera-picture>; data-field names the field that takes the text, data-denied what is said without a camera.

const LARGEST = 1024;

export function start(root) {
  const video = root.querySelector("video");
  const says = root.querySelector("[data-camera-says]");
  const begin = root.querySelector("[data-camera-start]");
  const end = root.querySelector("[data-camera-stop]");
  const picture = root.querySelector("[data-camera-picture]");
  let stream = null;

  root.hidden = false;

  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = end.hidden = true;
    begin.hidden = false;
    says.textContent = "";
  };

  const take = (text) => {
    stop();
    const field = document.getElementById(root.dataset.field);
    field.value = text;
    field.form.requestSubmit();
  };

  const look = (source, width, height) => {
    const scale = Math.min(1, LARGEST / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(source, 0, 0, canvas.width, canvas.height);
    const pixels = pen.getImageData(0, 0, canvas.width, canvas.height);
    return window.jsQR(pixels.data, pixels.width, pixels.height)?.data ?? null;
  };

  begin.addEventListener("click", async () => {
    says.textContent = root.dataset.waiting;
    await import("../vendor/jsQR.js");
    stream = await navigator.mediaDevices?.getUserMedia({ video: { facingMode: "environment" } }).catch(() => null);
    if (!stream) {
      says.textContent = root.dataset.denied;
      return;
    }
    video.srcObject = stream;
    video.hidden = end.hidden = false;
    begin.hidden = true;
    await video.play();
    while (stream) {
      const text = video.videoWidth ? look(video, video.videoWidth, video.videoHeight) : null;
      if (text) {
        take(text);
        return;
      }
      await new Promise((done) => setTimeout(done, 120));
    }
  });
  end.addEventListener("click", stop);
  picture.addEventListener("change", async () => {
    const [file] = picture.files;
    if (!file) return;
    await import("../vendor/jsQR.js");
    const image = await createImageBitmap(file).catch(() => null);
    const text = image ? look(image, image.width, image.height) : null;
    if (text) take(text);
    else says.textContent = root.dataset.none;
  });
  window.addEventListener("pagehide", stop);
}
