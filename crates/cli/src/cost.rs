//! The cost model that an option names: a preset or a file.

use memtwin_workload::cost::{CostModel, preset_names};

/// Reads `--cost NAME|FILE`.
pub(crate) fn model(argument: &str) -> Result<CostModel, String> {
    if let Some(model) = CostModel::preset(argument) {
        return Ok(model);
    }
    let known = || preset_names().collect::<Vec<_>>().join(", ");
    let text = std::fs::read_to_string(argument)
        .map_err(|error| format!("neither a preset ({}) nor a file: {error}", known()))?;
    let model: CostModel = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    model.check().map_err(|error| error.to_string())?;
    Ok(model)
}
