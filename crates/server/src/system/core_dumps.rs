//! Keeps the process's memory, where secrets are, off the disk and away from debuggers.

/// From now on the kernel writes no image of this process when it crashes, to a file or to a program that collects
/// them, and no other process of the same user may look into it.
///
/// # Errors
/// One line that says which of it the system refused.
pub(crate) fn forbid() -> Result<(), String> {
    rlimit::setrlimit(rlimit::Resource::CORE, 0, 0)
        .map_err(|error| format!("could not disable core dumps: {error}"))?;
    // The limit is not asked where core_pattern names a program.
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
        .map_err(|error| format!("could not make the process undumpable: {error}"))?;
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, dumpable_behavior};

    #[test]
    fn neither_a_file_nor_a_program_gets_an_image_of_the_process() {
        super::forbid().unwrap();
        assert_eq!(rlimit::getrlimit(rlimit::Resource::CORE).unwrap(), (0, 0));
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
