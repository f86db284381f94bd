"""What the worker does by itself."""

from procrastinate.contrib.django import app


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="take_up_what_was_left")
async def take_up_what_was_left(timestamp: int) -> None:
    """A killed worker leaves its tasks as 'doing'; after half a minute without a sign of life they start again."""
    for job in await app.job_manager.get_stalled_jobs():
        await app.job_manager.retry_job(job)
