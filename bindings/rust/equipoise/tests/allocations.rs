//! The promise of predict_into: this layer allocates nothing if the call succeeds.

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use support::{loans, tuned_model};

struct Counting;

thread_local! {
    // Counted per thread, without the test runner's own threads. It allocates nothing itself.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: this is the system's allocator with a counter.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn predict_into_allocates_nothing_in_this_layer() {
    let model = tuned_model(&loans(100), 1);
    let mut score = [0.0];
    model.predict_into(&[0.5, 0.5], 1, &mut score).unwrap();
    let before = ALLOCATIONS.get();
    assert!(before > 0, "the count counts");
    for _ in 0..100 {
        model.predict_into(&[0.5, 0.5], 1, &mut score).unwrap();
    }
    assert_eq!(ALLOCATIONS.get(), before);
}
