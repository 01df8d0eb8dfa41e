//! Recounts the room: trees, counters, families and files' mappings from both ends.

use super::interval::Interval;
use super::tree::TreeError;
use super::{RmapMember, Vma};
use crate::mm::{Mm, MmStats};
use crate::{AnonVmaId, InodeId, Machine, MmId};
use std::collections::BTreeMap;

/// What is wrong with a machine's mappings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VmaCheckError {
    /// An address space's tree.
    #[error("{mm:?}: {error}")]
    Tree {
        /// The address space.
        mm: MmId,
        /// What of it.
        error: TreeError,
    },
    /// A counter of mapped pages.
    #[error("{mm:?}: {name} is {counted} pages, its mappings have {found}")]
    Count {
        /// The address space.
        mm: MmId,
        /// Which.
        name: &'static str,
        /// What the counter says.
        counted: u64,
        /// The sum over the mappings.
        found: u64,
    },
    /// A mapping has a family and no chain, or the other way round, or a chain without its family.
    #[error("{0:?}: family and chain do not go together")]
    Chain(RmapMember),
    /// A family's members are not the mappings that name it.
    #[error("{0:?}: its members are not the mappings whose chains hold it")]
    Members(AnonVmaId),
    /// A family's `num_children` or `num_active_vmas`.
    #[error("{0:?}: its children or its active mappings are miscounted")]
    Family(AnonVmaId),
    /// A file's mappings are not those that show it.
    #[error("{0:?}: what is entered as its mappings is not what maps it")]
    File(InodeId),
}

impl Machine {
    /// Checks the mappings of all address spaces and all that refers to them.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check_vmas(&self) -> Result<(), VmaCheckError> {
        for (id, mm) in self.live_mms() {
            mm.vmas.check().map_err(|error| VmaCheckError::Tree { mm: id, error })?;
            check_counts(id, mm)?;
        }
        self.check_chains()?;
        self.check_members()?;
        self.check_families()?;
        self.check_i_mmap()
    }

    fn live_mms(&self) -> impl Iterator<Item = (MmId, &Mm)> {
        self.mms.iter().enumerate().filter_map(|(n, mm)| Some((MmId(n as u32), mm.as_ref()?)))
    }

    fn all_vmas(&self) -> impl Iterator<Item = (RmapMember, &Vma)> {
        self.live_mms()
            .flat_map(|(mm, space)| space.vmas.iter().map(move |(vma, v)| (RmapMember { mm, vma }, v)))
    }

    fn check_chains(&self) -> Result<(), VmaCheckError> {
        for (member, vma) in self.all_vmas() {
            let chain = self.anon.chain(vma);
            let fits = vma.anon_vma.map_or(chain.is_empty(), |own| chain.contains(&own));
            if !fits {
                return Err(VmaCheckError::Chain(member));
            }
        }
        Ok(())
    }

    fn check_members(&self) -> Result<(), VmaCheckError> {
        let mut expected: Vec<(AnonVmaId, Interval)> = Vec::new();
        for (member, vma) in self.all_vmas() {
            let chain = self.anon.chain(vma);
            expected.extend(chain.into_iter().map(|family| (family, Interval::of(vma, member))));
        }
        let mut found = Vec::new();
        for family in self.anon.live() {
            found.extend(self.anon.members(family).into_iter().map(|interval| (family, interval)));
        }
        first_difference(expected, found).map_or(Ok(()), |family| Err(VmaCheckError::Members(family)))
    }

    fn check_families(&self) -> Result<(), VmaCheckError> {
        let (mut active, mut children) = (BTreeMap::new(), BTreeMap::new());
        for family in self.all_vmas().filter_map(|(_, vma)| vma.anon_vma) {
            *active.entry(family).or_default() += 1;
        }
        for id in self.anon.live() {
            *children.entry(self.anon.get(id).parent).or_default() += 1;
        }
        let count = |counts: &BTreeMap<AnonVmaId, u32>, id: &AnonVmaId| counts.get(id).copied().unwrap_or(0);
        let wrong = self.anon.live().find(|&id| {
            let family = self.anon.get(id);
            family.num_active_vmas != count(&active, &id) || family.num_children != count(&children, &id)
        });
        wrong.map_or(Ok(()), |id| Err(VmaCheckError::Family(id)))
    }

    fn check_i_mmap(&self) -> Result<(), VmaCheckError> {
        let mapped =
            self.all_vmas().filter_map(|(member, vma)| Some((vma.inode?, Interval::of(vma, member))));
        let expected: Vec<(InodeId, Interval)> = mapped.collect();
        let found = self.i_mmap.all();
        first_difference(expected, found).map_or(Ok(()), |inode| Err(VmaCheckError::File(inode)))
    }
}

/// The owner of the first entry that is in only one of two lists.
fn first_difference<T: Ord + Copy>(mut a: Vec<(T, Interval)>, mut b: Vec<(T, Interval)>) -> Option<T> {
    a.sort_unstable();
    b.sort_unstable();
    let differs = a.iter().zip(&b).find(|(x, y)| x != y).map(|(x, y)| *x.min(y));
    let rest = || a.get(b.len()).or(b.get(a.len())).copied();
    differs.or_else(rest).map(|(owner, _)| owner)
}

/// Compares the counters with the sums over the mappings. `locked_vm` may be more: mremap's DONTUNMAP leaves it so.
fn check_counts(mm: MmId, space: &Mm) -> Result<(), VmaCheckError> {
    let mut sums = MmStats::default();
    for (_, vma) in space.vmas.iter() {
        sums.account_vm(vma.flags, vma.pages() as i64);
    }
    let stats = &space.stats;
    let counts = [
        ("total_vm", stats.total_vm_pages, sums.total_vm_pages),
        ("data_vm", stats.data_vm_pages, sums.data_vm_pages),
        ("exec_vm", stats.exec_vm_pages, sums.exec_vm_pages),
        ("stack_vm", stats.stack_vm_pages, sums.stack_vm_pages),
        ("locked_vm", stats.locked_vm_pages.min(sums.locked_vm_pages), sums.locked_vm_pages),
    ];
    match counts.into_iter().find(|(_, counted, found)| counted != found) {
        Some((name, counted, found)) => Err(VmaCheckError::Count { mm, name, counted, found }),
        None => Ok(()),
    }
}
