// Run in the page by test_browser.py: reads what a <video> really shows.
// The strip at the bottom edge of a pretended camera's picture: blocks of 1/64 of its width and 1/60 of its height,
// the number Gray coded, then one block that tells odd from even.
(() => {
  // Halfway between the strip's two luma values, 100 and 130, as RGB.
  const threshold = 115 * 1.164 - 18.6;
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });

  /** The frame number that a picture shows within its loop; null when the strip can't be read. */
  function frameOf(video, strip) {
    const blocks = strip.bits + 1, width = video.videoWidth, height = video.videoHeight;
    const wide = Math.floor(width / 64), high = Math.floor(height / 60);
    canvas.width = wide * blocks;
    canvas.height = high;
    pen.drawImage(video, 0, height - high, canvas.width, high, 0, 0, canvas.width, high);
    const pixels = pen.getImageData(0, Math.floor(high / 2), canvas.width, 1).data;
    let number = 0, bit = 0;
    for (let block = 0; block < blocks; block++) {
      const light = pixels[4 * Math.floor((block + 0.5) * wide) + 1] > threshold ? 1 : 0;
      if (block === blocks - 1) return light === (number & 1) ? number - strip.offset : null;
      bit ^= light;
      number = number * 2 + bit;
    }
    return null;
  }

  /** Grey values of the whole picture, made small. */
  function small(video, width, height) {
    canvas.width = width;
    canvas.height = height;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(video, 0, 0, width, height);
    const pixels = pen.getImageData(0, 0, width, height).data;
    const grey = [];
    for (let i = 0; i < pixels.length; i += 4) {
      grey.push(Math.round(16 + 0.2568 * pixels[i] + 0.5041 * pixels[i + 1] + 0.0979 * pixels[i + 2]));
    }
    return grey;
  }

  /** Milliseconds from when each picture was due at the camera to when it stood decoded in the page. */
  function latencies(video, camera, count) {
    return new Promise((resolve) => {
      const found = [];
      const look = () => {
        const now = Date.now() / 1000;
        const frame = frameOf(video, camera.strip);
        if (frame !== null) {
          const due = camera.loopStart + frame / camera.frameRate;
          const loop = camera.strip.frames / camera.frameRate;
          found.push(1000 * ((((now - due) % loop) + loop) % loop));
        }
        if (found.length < count) video.requestVideoFrameCallback(look);
        else resolve(found);
      };
      video.requestVideoFrameCallback(look);
    });
  }

  /** Seeks in a paused video; resolves when the picture of that time is shown. */
  function seek(video, place) {
    return new Promise((resolve) => {
      video.pause();
      video.requestVideoFrameCallback((_, { mediaTime }) => resolve(mediaTime));
      video.currentTime = place;
      setTimeout(() => resolve(null), 15000);
    });
  }

  window.demo = { frameOf, small, latencies, seek };
})();
