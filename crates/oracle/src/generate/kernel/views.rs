//! The views of a process's memory.

use super::super::dice::size;
use super::super::profile::Profile;
use super::Script;

impl Script {
    /// maps, smaps, status or rusage.
    pub(super) fn view(&mut self) {
        let view = self.dice.weighted(&[(5, "maps"), (3, "smaps"), (4, "status"), (2, "rusage")]);
        self.say(&format!("{view}()"));
    }

    /// mincore or pagemap, of 64 pages at most.
    pub(super) fn bits(&mut self) {
        let long = matches!(self.profile, Profile::Huge | Profile::Readahead | Profile::Placement);
        let len = size(self.dice.pick(if long {
            &[64 << 10, 256 << 10]
        } else {
            &[16 << 10, 64 << 10, 128 << 10, 5000, 1]
        }));
        let call = self.dice.pick(&["mincore", "pagemap"]);
        let at = if call == "mincore" { self.address() } else { self.user_page() };
        self.say(&format!("{call}({at}, {len})"));
    }
}
