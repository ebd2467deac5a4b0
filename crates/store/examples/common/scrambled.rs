//! Ids as they would be drawn, and the same in every run.

use uuid::Uuid;

pub(crate) fn scrambled(seed: u128, n: u64) -> Uuid {
    let mixed =
        (seed ^ u128::from(n).wrapping_add(1)).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    Uuid::from_u128((mixed ^ (mixed >> 61)).wrapping_mul(0xd6e8_feb8_6659_fd93_a5a3_5642_8d1f_5a1b))
}
