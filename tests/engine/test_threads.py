from threadpoolctl import threadpool_info, threadpool_limits

from engine.threads import limit_blas


def test_every_blas_keeps_to_the_calling_thread():
    with threadpool_limits(limits=2, user_api="blas"):
        before = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
        limit_blas()
        after = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    assert 2 in before
    assert set(after) == {1}
