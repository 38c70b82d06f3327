//! A part of the screen, drawn by hand on a still of every monitor: by the mouse, or by the arrow keys and Enter.

use std::{num::NonZeroU32, rc::Rc};

use image::RgbaImage;
use keyfob_core::ports::ScreenError;
use softbuffer::{Context, Surface};
use winit::{
    application::ApplicationHandler,
    dpi::PhysicalPosition,
    event::{ElementState, KeyEvent, MouseButton, WindowEvent},
    event_loop::{ActiveEventLoop, EventLoop},
    keyboard::{Key, NamedKey},
    window::{CursorIcon, Window, WindowId, WindowLevel},
};

use super::Shot;

/// A rectangle of fewer pixels a side was no more than a click.
const LEAST: usize = 12;
/// How far one press of an arrow key goes, and how far with Shift, in pixels.
const STEP: isize = 16;
const FAR: isize = 128;
/// How wide the frame around what is chosen is, in pixels.
const FRAME: usize = 2;
/// The colour of the frame and of the cross, as softbuffer has colours.
const LIGHT: u32 = 0x00ff_ffff;
const ACCENT: u32 = 0x0035_84e4;

/// Lets a person draw a rectangle, and gives what is in it.
///
/// # Errors
/// [`ScreenError::Cancelled`]; [`ScreenError::Unavailable`] where no window can be shown.
pub(super) fn choose(shots: Vec<Shot>) -> Result<RgbaImage, ScreenError> {
    let events = EventLoop::new().map_err(|_| ScreenError::Unavailable)?;
    let outcome = Err(ScreenError::Unavailable);
    let mut chooser = Chooser { shots, stills: Vec::new(), has_focus: false, outcome };
    events.run_app(&mut chooser).map_err(|_| ScreenError::Unavailable)?;
    chooser.outcome
}

struct Chooser {
    /// Those that no window shows yet.
    shots: Vec<Shot>,
    stills: Vec<Still>,
    /// One of them was given the keyboard.
    has_focus: bool,
    outcome: Result<RgbaImage, ScreenError>,
}

/// A monitor under a window that shows what was on it.
struct Still {
    window: Rc<Window>,
    surface: Surface<Rc<Window>, Rc<Window>>,
    pixels: RgbaImage,
    /// Where the mouse, or the keyboard, is.
    at: (usize, usize),
    /// Where the rectangle was begun.
    from: Option<(usize, usize)>,
    /// Shift is held.
    far: bool,
}

impl ApplicationHandler for Chooser {
    fn resumed(&mut self, events: &ActiveEventLoop) {
        for monitor in events.available_monitors() {
            let PhysicalPosition { x, y } = monitor.position();
            let Some(shot) = self.nearest(x, y) else { break };
            let attributes = Window::default_attributes()
                .with_title("Keyfob: QR")
                .with_decorations(false)
                .with_resizable(false)
                .with_window_level(WindowLevel::AlwaysOnTop)
                .with_position(monitor.position())
                .with_inner_size(monitor.size())
                .with_cursor(CursorIcon::Crosshair);
            if let Some(still) = Still::new(events, covering(attributes, monitor), shot.pixels) {
                self.stills.push(still);
            }
        }
        if self.stills.is_empty() {
            events.exit();
        } else {
            self.outcome = Err(ScreenError::Cancelled);
        }
    }

    fn window_event(&mut self, events: &ActiveEventLoop, id: WindowId, event: WindowEvent) {
        let Some(still) = self.stills.iter_mut().find(|still| still.window.id() == id) else { return };
        let done = match event {
            WindowEvent::CloseRequested => Some(Err(ScreenError::Cancelled)),
            WindowEvent::RedrawRequested => {
                still.draw();
                if !self.has_focus {
                    focus(&still.window);
                    // Until the system says that it was given.
                    still.window.request_redraw();
                }
                None
            }
            WindowEvent::Focused(true) => {
                self.has_focus = true;
                None
            }
            WindowEvent::KeyboardInput {
                event: KeyEvent { logical_key: Key::Named(NamedKey::Tab), state: ElementState::Pressed, .. },
                ..
            } => {
                // To the next monitor.
                let here = self.stills.iter().position(|still| still.window.id() == id).unwrap_or(0);
                if let Some(next) = self.stills.iter().cycle().nth(here + 1) {
                    focus(&next.window);
                }
                None
            }
            WindowEvent::CursorEntered { .. } => {
                focus(&still.window);
                None
            }
            WindowEvent::Resized(_) | WindowEvent::Focused(_) => {
                still.window.request_redraw();
                None
            }
            WindowEvent::ModifiersChanged(modifiers) => {
                still.far = modifiers.state().shift_key();
                None
            }
            WindowEvent::CursorMoved { position, .. } => {
                still.go_to(position.x as isize, position.y as isize);
                None
            }
            WindowEvent::MouseInput { state, button: MouseButton::Left, .. } => {
                still.press(state == ElementState::Pressed)
            }
            WindowEvent::MouseInput { state: ElementState::Pressed, button: MouseButton::Right, .. } => {
                Some(Err(ScreenError::Cancelled))
            }
            WindowEvent::KeyboardInput {
                event: KeyEvent { logical_key: Key::Named(key), state: ElementState::Pressed, .. },
                ..
            } => still.type_key(key),
            _ => None,
        };
        if let Some(outcome) = done {
            self.outcome = outcome;
            self.stills.clear();
            events.exit();
        }
    }
}

impl Chooser {
    /// What was on the monitor at this place. Systems count in pixels or in units of their own.
    fn nearest(&mut self, x: i32, y: i32) -> Option<Shot> {
        let away = |shot: &Shot| {
            let (left, top) = (shot.at.0 as f32, shot.at.1 as f32);
            let from = |scale: f32| (left * scale - x as f32).abs() + (top * scale - y as f32).abs();
            from(1.0).min(from(shot.scale))
        };
        let nearest =
            (0..self.shots.len()).min_by(|a, b| away(&self.shots[*a]).total_cmp(&away(&self.shots[*b])))?;
        Some(self.shots.swap_remove(nearest))
    }
}

/// Over everything, panels too: on X11 past the window manager, elsewhere as a full screen.
#[cfg(target_os = "linux")]
fn covering(
    attributes: winit::window::WindowAttributes,
    _: winit::monitor::MonitorHandle,
) -> winit::window::WindowAttributes {
    use winit::platform::x11::WindowAttributesExtX11 as _;
    attributes.with_override_redirect(true)
}

/// Gives a window the keyboard: one past the window manager is given it by nobody.
#[cfg(target_os = "linux")]
fn focus(window: &Window) {
    use winit::raw_window_handle::{HasWindowHandle as _, RawWindowHandle};
    let id = match window.window_handle().map(|handle| handle.as_raw()) {
        Ok(RawWindowHandle::Xlib(handle)) => u32::try_from(handle.window).unwrap_or_default(),
        Ok(RawWindowHandle::Xcb(handle)) => handle.window.get(),
        _ => return,
    };
    // Without it the mouse still serves.
    let _ = super::x11::focus(id);
}

#[cfg(not(target_os = "linux"))]
fn focus(window: &Window) {
    window.focus_window();
}

#[cfg(not(target_os = "linux"))]
fn covering(
    attributes: winit::window::WindowAttributes,
    monitor: winit::monitor::MonitorHandle,
) -> winit::window::WindowAttributes {
    attributes.with_fullscreen(Some(winit::window::Fullscreen::Borderless(Some(monitor))))
}

impl Still {
    fn new(
        events: &ActiveEventLoop,
        attributes: winit::window::WindowAttributes,
        pixels: RgbaImage,
    ) -> Option<Still> {
        let window = Rc::new(events.create_window(attributes).ok()?);
        let context = Context::new(window.clone()).ok()?;
        let surface = Surface::new(&context, window.clone()).ok()?;
        window.request_redraw();
        let at = (pixels.width() as usize / 2, pixels.height() as usize / 2);
        Some(Still { window, surface, pixels, at, from: None, far: false })
    }

    fn go_to(&mut self, x: isize, y: isize) {
        let within = |n: isize, side: u32| n.clamp(0, side.max(1) as isize - 1).unsigned_abs();
        self.at = (within(x, self.pixels.width()), within(y, self.pixels.height()));
        self.window.request_redraw();
    }

    /// The mouse goes down and begins a rectangle, or goes up and ends it.
    fn press(&mut self, down: bool) -> Option<Result<RgbaImage, ScreenError>> {
        if down {
            self.from = Some(self.at);
            return None;
        }
        let chosen = self.chosen();
        self.from = None;
        self.window.request_redraw();
        chosen.map(Ok)
    }

    fn type_key(&mut self, key: NamedKey) -> Option<Result<RgbaImage, ScreenError>> {
        let step = if self.far { FAR } else { STEP };
        let (x, y) = (self.at.0 as isize, self.at.1 as isize);
        match key {
            NamedKey::Escape => return Some(Err(ScreenError::Cancelled)),
            NamedKey::ArrowLeft => self.go_to(x - step, y),
            NamedKey::ArrowRight => self.go_to(x + step, y),
            NamedKey::ArrowUp => self.go_to(x, y - step),
            NamedKey::ArrowDown => self.go_to(x, y + step),
            NamedKey::Enter | NamedKey::Space => return self.press(self.from.is_none()),
            _ => {}
        }
        None
    }

    /// Left, top, right and bottom of the rectangle.
    fn rectangle(&self) -> Option<[usize; 4]> {
        let (from, at) = (self.from?, self.at);
        Some([from.0.min(at.0), from.1.min(at.1), from.0.max(at.0), from.1.max(at.1)])
    }

    fn chosen(&self) -> Option<RgbaImage> {
        let [left, top, right, bottom] = self.rectangle()?;
        if right - left < LEAST || bottom - top < LEAST {
            return None;
        }
        let side = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (width, height) = (side(right - left), side(bottom - top));
        Some(image::imageops::crop_imm(&self.pixels, side(left), side(top), width, height).to_image())
    }

    /// The still, dark but for the rectangle, and a cross where the mouse or the keyboard is. What cannot be drawn is not: the
    /// next event tries again.
    fn draw(&mut self) {
        let size = self.window.inner_size();
        let (Some(width), Some(height)) = (NonZeroU32::new(size.width), NonZeroU32::new(size.height)) else {
            return;
        };
        let rectangle = self.rectangle();
        let at = self.at;
        if self.surface.resize(width, height).is_err() {
            return;
        }
        let Ok(mut buffer) = self.surface.buffer_mut() else { return };
        let wide = self.pixels.width() as usize;
        let rows = buffer.chunks_exact_mut(size.width as usize);
        for (y, (row, still)) in rows.zip(self.pixels.chunks_exact(4 * wide)).enumerate() {
            for (x, (pixel, colour)) in row.iter_mut().zip(still.chunks_exact(4)).enumerate() {
                let [red, green, blue] = [0, 1, 2].map(|n| u32::from(colour[n]));
                let own = red << 16 | green << 8 | blue;
                *pixel = match rectangle.map(|r| place(r, x, y)) {
                    Some(Place::Inside) => own,
                    Some(Place::Frame) => ACCENT,
                    _ if x == at.0 || y == at.1 => LIGHT,
                    _ => (own >> 1) & 0x007f_7f7f,
                };
            }
        }
        // A window that cannot be shown is drawn again at the next event.
        let _ = buffer.present();
    }
}

enum Place {
    Inside,
    Frame,
    Outside,
}

fn place([left, top, right, bottom]: [usize; 4], x: usize, y: usize) -> Place {
    let within =
        |grown: usize| x + grown >= left && x < right + grown && y + grown >= top && y < bottom + grown;
    if within(0) {
        Place::Inside
    } else if within(FRAME) {
        Place::Frame
    } else {
        Place::Outside
    }
}
