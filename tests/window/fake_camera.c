/* A camera for a machine that has none: /dev/video0, as a program sees it through libc. Loaded with LD_PRELOAD:
 *
 *     gcc -shared -fPIC -O1 -o fake_camera.so fake_camera.c -ldl
 *
 * FAKE_CAMERA_FRAMES  a folder of frames, 000.yuyv, 001.yuyv and on: YUYV, ten a second, in order, the last again and
 *                     again. None is left out, however slowly they are taken. An empty folder: no frame ever comes.
 *                     Without this variable nothing is changed at all.
 * FAKE_CAMERA_SIZE    their size (640x480).
 * FAKE_CAMERA_FAULT   none; busy: another program films, EBUSY; denied: EACCES on opening; unplugged: pulled out after
 *                     five frames, ENODEV, and the node is gone.
 *
 * The descriptors given out are ordinary ones, so that the system itself does the rest: the camera is a timer that
 * becomes readable when a frame is at hand, so poll, select and epoll wait on it; the buffers and the files under /sys
 * are memory files, so munmap and read need no help. Nothing but the camera's own descriptors is looked at twice.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* The libc's own function. */
#define REAL(name)                                                                                                     \
    ({                                                                                                                 \
        static __typeof__(name) *real;                                                                                 \
        if (!real)                                                                                                     \
            real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);                                                        \
        real;                                                                                                          \
    })

#define NODE "/dev/video0"
#define SYSFS "/sys/class/video4linux/video0/"
#define CARD "Fake camera"
#define PIXELS V4L2_PIX_FMT_YUYV
/* What it claims, as cameras do that slow down in poor light: a program that asks for 15 or more takes it. */
#define RATE 30
#define PERIOD_NS 100000000
#define FRAMES_TILL_UNPLUGGED 5
#define MAX_FDS 1024
#define MAX_DIRS 8
#define MAX_BUFFERS 32

enum fault { NONE, BUSY, DENIED, UNPLUGGED };

static const char *folder;
static unsigned width = 640, height = 480;
static enum fault fault;

/* Read without the lock, for every call of the program passes by here. */
static volatile bool ours[MAX_FDS];
static volatile bool gone;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static DIR *dirs[MAX_DIRS];
static bool listed[MAX_DIRS];

/* One program films at a time: the descriptor that asked for buffers. */
static struct {
    int fd;
    int memory;
    unsigned char *bytes;
    unsigned buffers;
    unsigned queue[MAX_BUFFERS];
    unsigned queued;
    bool on;
    unsigned taken;
} film = {.fd = -1, .memory = -1};

__attribute__((constructor)) static void configure(void) {
    const char *size = getenv("FAKE_CAMERA_SIZE");
    const char *name = getenv("FAKE_CAMERA_FAULT");

    folder = getenv("FAKE_CAMERA_FRAMES");
    if (size && sscanf(size, "%ux%u", &width, &height) != 2) {
        fprintf(stderr, "fake_camera: FAKE_CAMERA_SIZE=%s\n", size);
        abort();
    }
    if (!name || !strcmp(name, "none"))
        fault = NONE;
    else if (!strcmp(name, "busy"))
        fault = BUSY;
    else if (!strcmp(name, "denied"))
        fault = DENIED;
    else if (!strcmp(name, "unplugged"))
        fault = UNPLUGGED;
    else {
        fprintf(stderr, "fake_camera: FAKE_CAMERA_FAULT=%s\n", name);
        abort();
    }
}

static bool is_camera(int fd) {
    return fd >= 0 && fd < MAX_FDS && ours[fd];
}

static int fail(int error) {
    errno = error;
    return -1;
}

static size_t frame_size(void) {
    return (size_t)width * height * 2;
}

/* Buffers are mapped, so each begins on a page. */
static size_t buffer_size(void) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (frame_size() + page - 1) / page * page;
}

static void set_timer(int fd, long every_ns) {
    struct itimerspec when = {{0, every_ns}, {0, every_ns}};
    timerfd_settime(fd, 0, &when, NULL);
}

static void stop(void) {
    if (film.fd != -1)
        set_timer(film.fd, 0);
    film.on = false;
    film.queued = 0;
}

static void free_buffers(void) {
    stop();
    if (film.bytes)
        munmap(film.bytes, film.buffers * buffer_size());
    if (film.memory != -1)
        close(film.memory);
    film.bytes = NULL;
    film.memory = -1;
    film.buffers = 0;
    film.fd = -1;
}

static void frame_path(char *path, size_t room, unsigned number) {
    snprintf(path, room, "%s/%03u.yuyv", folder, number);
}

static unsigned count_frames(void) {
    char path[4096];
    unsigned count = 0;
    for (;; count++) {
        frame_path(path, sizeof path, count);
        if (access(path, R_OK) != 0)
            return count;
    }
}

/* All of them, once the camera is on: who films opens no file after the first frame. */
static unsigned char *frames;
static unsigned frame_count;

static bool load_frames(void) {
    free(frames);
    frame_count = count_frames();
    frames = malloc(frame_count * frame_size() + 1);
    for (unsigned number = 0; number < frame_count; number++) {
        char path[4096];
        frame_path(path, sizeof path, number);
        FILE *file = fopen(path, "rb");
        unsigned char *into = frames + number * frame_size();
        bool whole = file && fread(into, 1, frame_size(), file) == frame_size() && fgetc(file) == EOF;
        if (file)
            fclose(file);
        if (!whole) {
            fprintf(stderr, "fake_camera: %s is not a frame of %ux%u\n", path, width, height);
            return false;
        }
    }
    return true;
}

/* What the kernel and its uvcvideo answer. */

static int get_format(struct v4l2_format *format) {
    if (format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
        return fail(EINVAL);
    memset(&format->fmt, 0, sizeof format->fmt);
    format->fmt.pix.width = width;
    format->fmt.pix.height = height;
    format->fmt.pix.pixelformat = PIXELS;
    format->fmt.pix.field = V4L2_FIELD_NONE;
    format->fmt.pix.bytesperline = width * 2;
    format->fmt.pix.sizeimage = (unsigned)frame_size();
    format->fmt.pix.colorspace = V4L2_COLORSPACE_SRGB;
    return 0;
}

static int get_rate(struct v4l2_streamparm *parm) {
    if (parm->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
        return fail(EINVAL);
    memset(&parm->parm, 0, sizeof parm->parm);
    parm->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
    parm->parm.capture.timeperframe = (struct v4l2_fract){1, RATE};
    return 0;
}

static int query_cap(struct v4l2_capability *cap) {
    memset(cap, 0, sizeof *cap);
    strcpy((char *)cap->driver, "fake");
    strcpy((char *)cap->card, CARD);
    strcpy((char *)cap->bus_info, "platform:fake");
    cap->version = 6 << 16;
    cap->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    cap->capabilities = cap->device_caps | V4L2_CAP_DEVICE_CAPS;
    return 0;
}

static int enum_format(struct v4l2_fmtdesc *format) {
    if (format->index != 0 || format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
        return fail(EINVAL);
    format->flags = 0;
    format->pixelformat = PIXELS;
    strcpy((char *)format->description, "YUYV 4:2:2");
    return 0;
}

static int enum_size(struct v4l2_frmsizeenum *size) {
    if (size->index != 0 || size->pixel_format != PIXELS)
        return fail(EINVAL);
    size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
    size->discrete.width = width;
    size->discrete.height = height;
    return 0;
}

static int enum_interval(struct v4l2_frmivalenum *interval) {
    if (interval->index != 0 || interval->pixel_format != PIXELS || interval->width != width || interval->height != height)
        return fail(EINVAL);
    interval->type = V4L2_FRMIVAL_TYPE_DISCRETE;
    interval->discrete = (struct v4l2_fract){1, RATE};
    return 0;
}

static int request_buffers(int fd, struct v4l2_requestbuffers *request) {
    if (request->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || request->memory != V4L2_MEMORY_MMAP)
        return fail(EINVAL);
    if (film.on || (film.fd != -1 && film.fd != fd))
        return fail(EBUSY);
    free_buffers();
    if (request->count == 0)
        return 0;
    if (request->count > MAX_BUFFERS)
        request->count = MAX_BUFFERS;

    size_t size = request->count * buffer_size();
    film.fd = fd;
    film.buffers = request->count;
    film.memory = memfd_create("fake_camera", MFD_CLOEXEC);
    if (film.memory != -1 && ftruncate(film.memory, (off_t)size) == 0) {
        void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, film.memory, 0);
        film.bytes = bytes == MAP_FAILED ? NULL : bytes;
    }
    if (!film.bytes) {
        free_buffers();
        return fail(ENOMEM);
    }
    return 0;
}

static void describe(struct v4l2_buffer *buffer, unsigned index) {
    unsigned type = buffer->type;
    memset(buffer, 0, sizeof *buffer);
    buffer->index = index;
    buffer->type = type;
    buffer->memory = V4L2_MEMORY_MMAP;
    buffer->field = V4L2_FIELD_NONE;
    buffer->length = (unsigned)frame_size();
    buffer->m.offset = (unsigned)(index * buffer_size());
    buffer->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
}

static int query_buffer(int fd, struct v4l2_buffer *buffer) {
    if (film.fd != fd || buffer->index >= film.buffers)
        return fail(EINVAL);
    describe(buffer, buffer->index);
    return 0;
}

static int queue_buffer(int fd, struct v4l2_buffer *buffer) {
    if (film.fd != fd || buffer->index >= film.buffers)
        return fail(EINVAL);
    for (unsigned i = 0; i < film.queued; i++)
        if (film.queue[i] == buffer->index)
            return fail(EINVAL);
    film.queue[film.queued++] = buffer->index;
    return 0;
}

static int dequeue_buffer(int fd, struct v4l2_buffer *buffer) {
    if (film.fd != fd || !film.on)
        return fail(EINVAL);
    if (film.queued == 0)
        return fail(EAGAIN);

    unsigned number = film.taken;
    unsigned last = frame_count - 1;
    unsigned index = film.queue[0];
    memcpy(film.bytes + index * buffer_size(), frames + (number < last ? number : last) * frame_size(), frame_size());
    film.taken++;
    film.queued--;
    memmove(film.queue, film.queue + 1, film.queued * sizeof film.queue[0]);

    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    describe(buffer, index);
    buffer->bytesused = (unsigned)frame_size();
    buffer->sequence = number;
    buffer->timestamp.tv_sec = now.tv_sec;
    buffer->timestamp.tv_usec = now.tv_nsec / 1000;
    return 0;
}

static int stream_on(int fd) {
    if (film.fd != fd)
        return fail(EINVAL);
    if (film.on)
        return 0;
    if (!load_frames())
        return fail(EIO);
    film.on = true;
    film.taken = 0;
    if (frame_count > 0)
        set_timer(fd, PERIOD_NS);
    return 0;
}

static int stream_off(int fd) {
    if (film.fd != -1 && film.fd != fd)
        return fail(EBUSY);
    stop();
    return 0;
}

static int answer(int fd, unsigned request, void *data) {
    if (gone)
        return fail(ENODEV);
    switch (request) {
    case VIDIOC_QUERYCAP: return query_cap(data);
    case VIDIOC_ENUM_FMT: return enum_format(data);
    case VIDIOC_ENUM_FRAMESIZES: return enum_size(data);
    case VIDIOC_ENUM_FRAMEINTERVALS: return enum_interval(data);
    case VIDIOC_G_FMT:
    case VIDIOC_TRY_FMT: return get_format(data);
    case VIDIOC_G_PARM: return get_rate(data);
    case VIDIOC_QUERYCTRL:
    case VIDIOC_QUERY_EXT_CTRL: return fail(EINVAL); /* it has no knobs */
    case VIDIOC_STREAMOFF: return stream_off(fd);
    case VIDIOC_QUERYBUF: return query_buffer(fd, data);
    case VIDIOC_QBUF: return queue_buffer(fd, data);
    }
    if (request == VIDIOC_DQBUF) {
        if (fault == UNPLUGGED && film.taken >= FRAMES_TILL_UNPLUGGED) {
            gone = true;
            return fail(ENODEV);
        }
        return dequeue_buffer(fd, data);
    }
    /* These only who films may ask. */
    if (request == VIDIOC_S_FMT || request == VIDIOC_S_PARM || request == VIDIOC_REQBUFS || request == VIDIOC_STREAMON) {
        if (fault == BUSY)
            return fail(EBUSY);
        if (request == VIDIOC_REQBUFS)
            return request_buffers(fd, data);
        if (request == VIDIOC_STREAMON)
            return stream_on(fd);
        if (film.fd != -1)
            return fail(EBUSY);
        /* There is one format; a driver answers with the nearest it has. */
        return request == VIDIOC_S_FMT ? get_format(data) : get_rate(data);
    }
    return fail(ENOTTY);
}

static int camera_ioctl(int fd, unsigned request, void *data) {
    /* Outside the lock: who opened it to block, blocks here until the next frame. */
    if (request == VIDIOC_DQBUF) {
        uint64_t ticks;
        if (read(fd, &ticks, sizeof ticks) < 0)
            return -1;
    }
    pthread_mutex_lock(&lock);
    int result = answer(fd, request, data);
    pthread_mutex_unlock(&lock);
    return result;
}

/* Opening */

static int open_camera(int flags) {
    if (fault == DENIED)
        return fail(EACCES);
    int fd = timerfd_create(CLOCK_MONOTONIC, (flags & O_NONBLOCK ? TFD_NONBLOCK : 0) | (flags & O_CLOEXEC ? TFD_CLOEXEC : 0));
    if (fd >= MAX_FDS) {
        close(fd);
        return fail(EMFILE);
    }
    if (fd >= 0)
        ours[fd] = true;
    return fd;
}

static int open_text(const char *text) {
    int fd = memfd_create("fake_camera", MFD_CLOEXEC);
    if (fd >= 0 && write(fd, text, strlen(text)) >= 0)
        lseek(fd, 0, SEEK_SET);
    return fd;
}

/* Whether it is a file of the camera's; its descriptor or the failure. */
static bool opened(const char *path, int flags, int *fd) {
    bool node = folder && path && !strcmp(path, NODE);
    if (!node && !(folder && path && !strncmp(path, SYSFS, strlen(SYSFS))))
        return false;
    if (gone)
        *fd = fail(ENOENT);
    else if (node)
        *fd = open_camera(flags);
    else if (!strcmp(path, SYSFS "name"))
        *fd = open_text(CARD "\n");
    else if (!strcmp(path, SYSFS "index"))
        *fd = open_text("0\n");
    else
        *fd = fail(ENOENT);
    return true;
}

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...) {                                                                       \
        va_list rest;                                                                                                  \
        int fd;                                                                                                        \
        va_start(rest, flags);                                                                                         \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;                                      \
        va_end(rest);                                                                                                  \
        return opened(path, flags, &fd) ? fd : REAL(name)(path, flags, mode);                                          \
    }

#define OPENAT(name)                                                                                                   \
    int name(int dir, const char *path, int flags, ...) {                                                              \
        va_list rest;                                                                                                  \
        int fd;                                                                                                        \
        va_start(rest, flags);                                                                                         \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;                                      \
        va_end(rest);                                                                                                  \
        return opened(path, flags, &fd) ? fd : REAL(name)(dir, path, flags, mode);                                     \
    }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

int close(int fd) {
    if (is_camera(fd)) {
        pthread_mutex_lock(&lock);
        if (film.fd == fd)
            free_buffers();
        ours[fd] = false;
        pthread_mutex_unlock(&lock);
    }
    return REAL(close)(fd);
}

/* Filming */

int ioctl(int fd, unsigned long request, ...) {
    va_list rest;
    va_start(rest, request);
    void *data = va_arg(rest, void *);
    va_end(rest);
    return is_camera(fd) ? camera_ioctl(fd, (unsigned)request, data) : REAL(ioctl)(fd, request, data);
}

/* The crate v4l asks for its ioctls this way. */
long syscall(long number, ...) {
    long arguments[6];
    va_list rest;
    va_start(rest, number);
    for (int i = 0; i < 6; i++)
        arguments[i] = va_arg(rest, long);
    va_end(rest);
    if (number == SYS_ioctl && is_camera((int)arguments[0]))
        return camera_ioctl((int)arguments[0], (unsigned)arguments[1], (void *)arguments[2]);
    return REAL(syscall)(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

/* The memory file in the camera's place. */
static int mapped(int fd) {
    if (!is_camera(fd))
        return fd;
    pthread_mutex_lock(&lock);
    int memory = film.fd == fd ? film.memory : -1;
    pthread_mutex_unlock(&lock);
    return memory;
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
    return REAL(mmap)(address, length, protection, flags, mapped(fd), offset);
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset) {
    return REAL(mmap64)(address, length, protection, flags, mapped(fd), offset);
}

/* The listing of /dev */

DIR *opendir(const char *path) {
    DIR *dir = REAL(opendir)(path);
    if (dir && folder && (!strcmp(path, "/dev") || !strcmp(path, "/dev/"))) {
        pthread_mutex_lock(&lock);
        for (int i = 0; i < MAX_DIRS; i++)
            if (!dirs[i]) {
                dirs[i] = dir;
                listed[i] = false;
                break;
            }
        pthread_mutex_unlock(&lock);
    }
    return dir;
}

/* Which listing of /dev this is, or none. */
static int which(DIR *dir) {
    for (int i = 0; i < MAX_DIRS; i++)
        if (dirs[i] == dir)
            return i;
    return -1;
}

/* Whether the camera is still to be listed, after all the others. */
static bool is_next(DIR *dir) {
    pthread_mutex_lock(&lock);
    int i = which(dir);
    bool next = i >= 0 && !listed[i] && !gone;
    if (next)
        listed[i] = true;
    pthread_mutex_unlock(&lock);
    return next;
}

/* Cameras that the machine has after all stay out of it: the test's is the only one. */
#define READDIR(name, entry)                                                                                           \
    struct entry *name(DIR *dir) {                                                                                     \
        static struct entry camera = {.d_ino = 1, .d_reclen = sizeof camera, .d_type = DT_CHR, .d_name = "video0"};    \
        struct entry *found = REAL(name)(dir);                                                                         \
        while (found && !strncmp(found->d_name, "video", 5) && which(dir) >= 0)                                        \
            found = REAL(name)(dir);                                                                                   \
        return found || !is_next(dir) ? found : &camera;                                                               \
    }

READDIR(readdir, dirent)
READDIR(readdir64, dirent64)

int closedir(DIR *dir) {
    pthread_mutex_lock(&lock);
    int i = which(dir);
    if (i >= 0)
        dirs[i] = NULL;
    pthread_mutex_unlock(&lock);
    return REAL(closedir)(dir);
}
