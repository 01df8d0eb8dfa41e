//! Prints what things cost on this host.

fn main() -> std::io::Result<()> {
    let host = memtwin_oracle::calibrate::calibrate()?;
    println!("{} {} {}", host.processor, host.kernel, host.ghz);
    for cost in host.costs {
        println!("{:20} {:12.2} {:10.2}", cost.name, cost.ns, cost.spread_ns);
    }
    Ok(())
}
