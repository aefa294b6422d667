/* The detector's work on every frame in plain C, from the luma plane to the cells that changed and their connected parts:
 * what Sources/Motion does on a picture in which nothing is confirmed. For `make bench-motion`, which compares the two.
 *
 *   kernel PLANES WIDTH HEIGHT FRAMES ROUNDS      the file holds FRAMES quiet planes, then FRAMES with a walker
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SIDE = 4 };
static int columns, rows, count;
static float *now, *mean, *other, *other_life, *candidate, *candidate_age, *noise, *restless, *slope, *threshold, *across;
static unsigned char *changed, *labelled;
static int *queue;
static float quiet_noise, age, owed;
static int turns;

static float absolute(float x) { return x < 0 ? -x : x; }
static float least(float a, float b) { return a < b ? a : b; }
static float most(float a, float b) { return a > b ? a : b; }
static int within(int at, int end) { return at < 0 ? 0 : at >= end ? end - 1 : at; }

static void shrink(const unsigned char *plane, int width) {
  for (int row = 0; row < rows; row++)
    for (int column = 0; column < columns; column++) {
      unsigned sum = 0;
      for (int y = 0; y < SIDE; y++) {
        const unsigned char *line = plane + (row * SIDE + y) * width + column * SIDE;
        sum += line[0] + line[1] + line[2] + line[3];
      }
      now[row * columns + column] = sum * (1.0f / (SIDE * SIDE));
    }
}

/* How well the frame lies on the background: whether a shift has to be looked for. */
static float cost(void) {
  float sum = 0;
  int n = 0;
  for (int y = 1; y + 1 < rows; y += 2)
    for (int x = 1; x + 1 < columns; x += 2, n++) sum += least(absolute(now[y * columns + x] - mean[y * columns + x]), 12);
  return sum / n;
}

/* Whether the light of the whole picture has changed. */
static int light_changed(void) {
  int histogram[512] = {0}, used = 0, seen = 0, low = -1, middle = -1, high = -1;
  for (int i = 0; i < count; i += 7)
    if (!changed[i]) {
      int d = (int)(now[i] - mean[i] + 256);
      histogram[d < 0 ? 0 : d > 511 ? 511 : d]++;
      used++;
    }
  for (int i = 0; i < 512; i++) {
    seen += histogram[i];
    if (low < 0 && seen > used / 4) low = i;
    if (middle < 0 && seen > used / 2) middle = i;
    if (high < 0 && seen > used * 3 / 4) high = i;
  }
  return absolute(middle - 256 + 0.5f) >= 1 || high - low > 1;
}

static float unrest(void) {
  int histogram[64] = {0}, used = 0, seen = 0;
  for (int i = 0; i < count; i += 7, used++) {
    int d = (int)(absolute(now[i] - mean[i]) / most(noise[i], 0.25f) * 8);
    histogram[d > 63 ? 63 : d]++;
  }
  for (int i = 0; i < 64; i++)
    if ((seen += histogram[i]) * 2 >= used) return least(most((i + 0.5f) / 8 / 0.9f, 1), 5);
  return 1;
}

static int compare(float factor) {
  int total = 0;
  for (int i = 0; i < count; i++) {
    float limit = 5 + factor * restless[i] + slope[i] * 0.15f;
    float d = least(absolute(now[i] - mean[i]), absolute(now[i] - other[i]));
    threshold[i] = limit;
    changed[i] = d > limit;
    total += d > limit;
  }
  return total;
}

static void survey(void) {
  int histogram[128] = {0}, seen = 0;
  for (int i = 0; i < count; i++) {
    int value = (int)(noise[i] * 16);
    histogram[value > 127 ? 127 : value]++;
  }
  for (int i = 0; i < 128; i++)
    if ((seen += histogram[i]) * 2 > count) {
      quiet_noise = most((i + 0.5f) / 16, 0.5f);
      break;
    }
  for (int y = 0; y < rows; y++) {
    const float *row = noise + y * columns, *levels = mean + y * columns;
    float sum = row[0] * 3 + row[1] + row[2];
    for (int x = 0; x < columns; x++) {
      across[y * columns + x] = sum;
      sum += row[within(x + 3, columns)] - row[within(x - 2, columns)];
      slope[y * columns + x] =
          most(absolute(levels[x] - levels[within(x - 1, columns)]), absolute(levels[x] - levels[within(x + 1, columns)]));
    }
  }
  for (int y = 0; y < rows; y++)
    for (int x = 0; x < columns; x++) {
      float sum = 0, level = mean[y * columns + x];
      for (int near = -2; near <= 2; near++) sum += across[within(y + near, rows) * columns + x];
      restless[y * columns + x] = most(noise[y * columns + x], sum / 25);
      slope[y * columns + x] += most(absolute(level - mean[within(y - 1, rows) * columns + x]),
                                     absolute(level - mean[within(y + 1, rows) * columns + x]));
    }
}

static void learn(float step) {
  age += step;
  int turn = ++turns;
  if (turn % 8 == 0) survey();
  float due = step + owed;
  owed = step;
  int young = age < 4;
  float follow = age < 2 ? most(due / (age + due), due / 6) : due / 6, absorb = young ? 0.6f : 4, busy = due / (young ? 2 : 12);
  for (int y = turn & 1; y < rows; y += 2)
    for (int i = y * columns; i < (y + 1) * columns; i++) {
      float value = now[i], limit = threshold[i], d = value - mean[i], size = absolute(d);
      if (!changed[i]) {
        candidate_age[i] = 0;
        if (other_life[i] > 0) {
          if (absolute(value - other[i]) < size) {
            other[i] += (value - other[i]) * follow;
            other_life[i] = 60;
            continue;
          }
          if ((other_life[i] -= due) <= 0) other[i] = -1000;
        }
        mean[i] += d * follow;
        noise[i] += (least(size, limit) - noise[i]) * (due / 10);
        continue;
      }
      if (absolute(value - candidate[i]) < most(limit * 0.6f, 2)) {
        candidate_age[i] += due;
        candidate[i] += (value - candidate[i]) * 0.25f;
      } else {
        candidate[i] = value;
        candidate_age[i] = 0;
      }
      if (candidate_age[i] > absorb) {
        other[i] = young ? -1000 : mean[i];
        other_life[i] = young ? 0 : 60;
        mean[i] = candidate[i];
        candidate_age[i] = 0;
      } else {
        noise[i] += (least(size, limit * 2.5f) - noise[i]) * busy;
        mean[i] += d * (due / 24);
      }
    }
}

/* The connected parts of what changed; how many have at least four cells. */
static int parts(void) {
  int found = 0;
  memset(labelled, 0, count);
  for (int start = 0; start < count; start++) {
    if (!changed[start] || labelled[start]) continue;
    int head = 0, tail = 0;
    queue[tail++] = start;
    labelled[start] = 1;
    while (head < tail) {
      int at = queue[head++], x = at % columns, y = at / columns;
      for (int v = y > 0 ? y - 1 : 0; v <= y + 1 && v < rows; v++)
        for (int u = x > 0 ? x - 1 : 0; u <= x + 1 && u < columns; u++) {
          int near = v * columns + u;
          if (changed[near] && !labelled[near]) {
            labelled[near] = 1;
            queue[tail++] = near;
          }
        }
    }
    if (tail >= 4) found++;
  }
  return found;
}

static float *plane_of_floats(float value) {
  float *plane = malloc(count * sizeof *plane);
  for (int i = 0; i < count; i++) plane[i] = value;
  return plane;
}

static double seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static double watch(const unsigned char *planes, int width, int height, int frames, long *cells, long *blobs) {
  *cells = *blobs = 0;
  double began = seconds();
  for (int frame = 0; frame < frames; frame++) {
    shrink(planes + (size_t)frame * width * height, width);
    if (frame == 0) {
      for (int i = 0; i < count; i++) {
        mean[i] = candidate[i] = now[i];
        other[i] = -1000;
        other_life[i] = candidate_age[i] = 0;
        noise[i] = 1.2f;
        changed[i] = 0;
      }
      age = owed = 0;
      turns = 0;
      survey();
      continue;
    }
    float fit = cost();
    int lit = light_changed();
    *cells += compare(4.5f * unrest());
    *blobs += parts() + (fit < 0) + (lit < 0);
    learn(0.1f);
  }
  return (seconds() - began) * 1000 / frames;
}

int main(int argc, char **argv) {
  if (argc != 6) return 64;
  int width = atoi(argv[2]), height = atoi(argv[3]), frames = atoi(argv[4]), rounds = atoi(argv[5]);
  size_t size = (size_t)width * height * frames * 2;
  unsigned char *planes = malloc(size);
  FILE *file = fopen(argv[1], "rb");
  if (!planes || !file || fread(planes, 1, size, file) != size) return 66;
  columns = width / SIDE;
  rows = height / SIDE;
  count = columns * rows;
  float **all[] = {&now, &mean, &other, &other_life, &candidate, &candidate_age, &noise, &restless, &slope, &threshold, &across};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) *all[i] = plane_of_floats(0);
  changed = calloc(count, 1);
  labelled = calloc(count, 1);
  queue = malloc(count * sizeof *queue);
  double quiet = 1e9, walk = 1e9;
  long quiet_cells, walk_cells, quiet_blobs, walk_blobs;
  for (int round = 0; round < rounds; round++) {
    quiet = fmin(quiet, watch(planes, width, height, frames, &quiet_cells, &quiet_blobs));
    walk = fmin(walk, watch(planes + size / 2, width, height, frames, &walk_cells, &walk_blobs));
  }
  printf("{\"quiet\": %.5f, \"walk\": %.5f, \"quietChanged\": %ld, \"walkChanged\": %ld, \"parts\": %ld}\n", quiet, walk,
         quiet_cells, walk_cells, quiet_blobs + walk_blobs);
  return 0;
}
