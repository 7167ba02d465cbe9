"""A Slurm of one machine for the tests: munged, slurmctld and slurmd, which live and end with them."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

CONF = """
ClusterName=seedluck
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
KillWait=2
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


@contextlib.contextmanager
def running(folder: Path):
    """Yield the environment in which sbatch, squeue and the others find this Slurm; end it afterwards."""
    import getpass

    ports = []
    for _ in range(2):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports.append(probe.getsockname()[1])
    for name in ("state", "spool"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    folder.chmod(0o755)
    host = socket.gethostname().partition(".")[0]
    conf = folder / "slurm.conf"
    conf.write_text(CONF.format(host=host, user=getpass.getuser(), folder=folder, ports=ports))
    environment = {**os.environ, "SLURM_CONF": str(conf)}
    munge = [f"--{name}={folder}/munge.{end}" for name, end in (("socket", "socket"), ("pid-file", "pid"))]
    munge += [f"--log-file={folder}/munge.log", f"--seed-file={folder}/munge.seed", f"--key-file={key}"]
    commands = [
        ["/usr/sbin/munged", "--foreground", "--force", *munge],
        ["/usr/sbin/slurmctld", "-D", "-f", str(conf)],
        ["/usr/sbin/slurmd", "-D", "-f", str(conf)],
    ]
    processes = []
    try:
        for command in commands:
            with open(folder / f"{Path(command[0]).name}.out", "w") as log:
                started = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
            processes.append(started)
            time.sleep(1)
        _wait_until_idle(environment, folder)
        yield environment
    finally:
        for process in reversed(processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _wait_until_idle(environment, folder):
    for _ in range(60):
        done = subprocess.run(["sinfo", "-h", "-o", "%T"], env=environment, capture_output=True, text=True)
        if done.stdout.strip() == "idle":
            return
        time.sleep(1)
    logs = [path.read_text()[-2000:] for path in sorted(folder.glob("*.log")) + sorted(folder.glob("*.out"))]
    raise RuntimeError("this Slurm does not start: " + done.stdout + done.stderr + "\n".join(logs))
