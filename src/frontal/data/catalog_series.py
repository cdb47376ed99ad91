"""Series to forecast: one table of numbers over time, or many."""

from __future__ import annotations

from frontal.data.catalog_entry import Entry, github

SERIES = (
    Entry(
        name="airline",
        title="International airline passengers, thousands a month, 1949 to 1960",
        task="forecasting",
        licence="none stated",
        terms="Series G of Box & Jenkins, Time Series Analysis (1976); figures that many programs and books reprint.",
        reader="frontal forecast airline",
        parts=github(
            "jbrownlee/Datasets",
            "d20fcb6402ae34e653d4513b00f39257bb37ed7f",
            "",
            """
            airline-passengers.csv 2180 8cb51be753a718d9be5d76d7e238cc224792754676adc21faa59e954b0201621
            airline-passengers.names 148 d195d0deb285e0c1f64244c729b40523618ba507e5ba31ca19ce0d1aadbc9460
            """,
        ),
        remark="The figures also come with the package: no file is needed for them.",
    ),
    Entry(
        name="classic_series",
        title="Monthly sunspots 1749 to 1983, shampoo sales, daily minimum temperatures in Melbourne",
        task="forecasting",
        licence="none stated",
        terms="The .names files beside the series say where each is from.",
        reader="frontal forecast FOLDER/monthly-sunspots.csv",
        parts=github(
            "jbrownlee/Datasets",
            "d20fcb6402ae34e653d4513b00f39257bb37ed7f",
            "",
            """
            monthly-sunspots.csv 45039 c4ec8cc57d9f6fb6ecdb3e1f37f25b6f4badd5124c55931052b0cd2fc3bc71f3
            monthly-sunspots.names 112 5ddf46b4bd9ab847c43603576451acee1a8cb60bbb0e28db8eaa8e554c28fa4b
            shampoo.csv 519 f709eaa344b2d07039a49e2193cbff5e56206354f3a8203c0e02471beb39a451
            shampoo.names 128 2e08838691143c344e72494551a96d6fd232dd0d0524c068989ce3899ee0bc76
            daily-min-temperatures.csv 67921 8b9de63ed6789492bf497625e7f9beb96a63d367b4b0a21754006f749fa5e5da
            daily-min-temperatures.names 142 0b7d97f84cba1f04c92560332d077e82c157267344e3c06a4474ceafc5951158
            """,
        ),
    ),
    Entry(
        name="ett",
        title="ETTh1: an electricity transformer by the hour, July 2016 to June 2018, seven channels",
        task="forecasting",
        licence="CC BY-ND 4.0",
        terms="May be passed on unchanged, with credit: Zhou et al. 2021 (Informer).",
        reader="frontal forecast FOLDER/ETTh1.csv --target OT",
        parts=github(
            "zhouhaoyi/ETDataset",
            "1d16c8f4f943005d613b5bc962e9eeb06058cf07",
            "ETT-small",
            """
            ETTh1.csv 2589657 f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066
            """,
        ),
    ),
    Entry(
        name="google_stock",
        title="Google's share price by the day: 2012 to 2016 for training, January 2017 for the test",
        task="forecasting",
        licence="none stated",
        terms="Prices are facts; the files are those of a course. Not cleared for passing on.",
        reader="frontal forecast FOLDER/Google_Stock_Price_Train.csv --target Open",
        parts=github(
            "akrai37/Deep_Learning-RNN",
            "77e4f4c8bd83c509d8e8bfb61a82ffec534bf81e",
            "",
            """
            Google_Stock_Price_Train.csv 63491 dee298aab581f96206ed0a2df65fa900adbea2d38f9362c7b90beb3a8b683707
            Google_Stock_Price_Test.csv 1032 2eb7b5acd8aa4872f93fb091925dfc073cca8e2e0422d93f0518e7cec99fbf3f
            """,
        ),
        remark="Close is not adjusted for the split of 2014.",
    ),
    Entry(
        name="m4",
        title="M4 competition, hourly: 414 series of 700 to 960 hours, and the 48 hours that follow each",
        task="forecasting many series",
        licence="research, with citation",
        terms="No licence at the top of the repository. To be cited: Makridakis, Spiliotis & Assimakopoulos 2018.",
        reader="frontal.data.read_table",
        parts=(
            *github(
                "Mcompetitions/M4-methods",
                "6c1067e5a57161249b17289a565178dc7a3fb3ca",
                "Dataset/Train",
                """
                Hourly-train.csv 2347115 ea59b7783573c49077a835ab6465c7d66f1474783360f310988a9a737fbca62f
                """,
            ),
            *github(
                "Mcompetitions/M4-methods",
                "6c1067e5a57161249b17289a565178dc7a3fb3ca",
                "Dataset/Test",
                """
                Hourly-test.csv 132820 71a57fccb15e534d973626ada4fb87febf789e9317715b7cc6dd3b5f90db6f42
                """,
            ),
        ),
        remark="One series a row, V1 its name, the rest empty where a series is shorter.",
    ),
    Entry(
        name="metro_traffic",
        title="Interstate 94 westbound: vehicles an hour with weather, October 2012 to September 2018",
        task="forecasting",
        licence="CC BY 4.0",
        terms="As listed by the UCI Machine Learning Repository (set 492, J. Hogue 2019); the copy's "
        "repository states nothing.",
        reader="frontal forecast FOLDER/Metro_Interstate_Traffic_Volume.csv --target traffic_volume",
        parts=github(
            "CodyTheCoderPrice/Finding-Heavy-Traffic-Indicators-on-I94",
            "71a5b54c34abb30e8e72fa0032d3898e3996e5f3",
            "",
            """
            Metro_Interstate_Traffic_Volume.csv 3188251 3ec6b8844c4e5e20904855c81079a30e4342da20b7010e78606a244e539f29f6
            """,
        ),
    ),
    Entry(
        name="cheetah",
        title="Half-cheetah: 25 simulated runs of 1000 steps, 17 observations each",
        task="forecasting the next step",
        licence="Apache-2.0",
        terms="Recorded in MuJoCo for Hasani et al. 2021 (liquid time-constant networks).",
        reader="numpy.load",
        parts=github(
            "raminmh/liquid_time_constant_networks",
            "4a8a4fa22a91c4067b6944a264819ff30a4aae9d",
            "experiments_with_ltcs/data/cheetah",
            """
            trace_0000.npy 136128 c043e141c6dd99e9b41ac7a9d4bc741b0991cff6a769954517e9c204ce3c7ccc
            trace_0001.npy 136128 f231fe66284b535c745f9f44a595aac2f740b988171d3db3201597e821c6c5d3
            trace_0002.npy 136128 7ff8a0c8974247187717417f6a163023b739c3a22a374894becff1723ce67f68
            trace_0003.npy 136128 28109a8f9eae1ec0246aca4f5bfa10ebf21e9f86e62e448b9f8b66f345091680
            trace_0004.npy 136128 b478f21d00868db66d6aef8a14ed69f6214120870cc1491dec85a3f74aeb46eb
            trace_0005.npy 136128 45e6288f3d5ba610b98aea300c117b032c6585144eb55e7f7fb67178d71eb4d6
            trace_0006.npy 136128 ab93f0d3b9e0c5f1a7886a089e76d5ff99f955ad0671f23d98351d05fecf4913
            trace_0007.npy 136128 e29bc1ffee113f760b3efd33831dea0485626e2deddc1ee7a81baf30344aeaaa
            trace_0008.npy 136128 c7028a2301720e65a31f608d362c03f811aca977ebb0f3ee0d6985bc4f6f1c2c
            trace_0009.npy 136128 937afdd66e3c6487a48b1d04c2f2120ba24be563296f5bfaa8bef741083c7b7c
            trace_0010.npy 136128 625dbb7c7f8451816799b3dcd47d20ace4a82019e52d467e7a985422551be890
            trace_0011.npy 136128 d230f2c43a84462fda2f5af28480f7a2b7945f032731587fca896229dc3b02dc
            trace_0012.npy 136128 feef3754c2c547fdd7cfd697323eea81b212c854bfd3029f04048e277b9399c1
            trace_0013.npy 136128 53e9e0d128f9e21def2ee015bc41c40184b22df5928d05f5a978687d3696c76d
            trace_0014.npy 136128 f022f778ad332f8c6986709ca27dd18823130bb3a7f71f646c8a5ccdc483acda
            trace_0015.npy 136128 bcb9e34a17317e31f22ef71d82aa180c282ab08b81a21bfcfefb827dabbd8ee8
            trace_0016.npy 136128 7d22f86d205728c7c106d43c97cfc4038621700bc88bf4081855e1c01b2c9229
            trace_0017.npy 136128 403d52608b364089a4c8d48cc89758eacdb89b572ef6ca0c0829a4cf40fb063c
            trace_0018.npy 136128 6d8322ec8351fb68ec11e4173ed23c4c247c23faa4e66be6cfa3dbeec0717e5a
            trace_0019.npy 136128 7354afb2041a1af8117f0c2dca36f57cd489d6bb77f939bc81d134409836b358
            trace_0020.npy 136128 9d22d9138c0fd51eaa8271e484ce0a5b3c3f8ef592f5c91cf55933af4091e4d2
            trace_0021.npy 136128 363b31828ed262556cb987dc7ad470c8c039e6ca492a92e9139d4ab5422924d1
            trace_0022.npy 136128 27f624129fdeca0c4fa40499cb48ba5321d2bfd9b4effd0de189124de9fb7a5f
            trace_0023.npy 136128 680f5675eed8d8cc62ca9fcba2fe0f23a2acbad51019b7bb0d3954dc6e607e9b
            trace_0024.npy 136128 ae98a98829f61ec23260818743e7f659601641c459a4a797a8df86e235ec4b85
            """,
        ),
        remark="Split of the paper, in the order of names: 0 to 4 validation, 5 to 14 test, 15 to 24 training.",
    ),
)
